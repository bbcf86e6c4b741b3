import { expect } from "chai";
import { type ExpandOptions, expandWord } from "../../../src/dockerfile/expansion/expand.ts";
import { errorFrom } from "../../support/error-from.ts";

const variables = new Map([
  ["name", "value"],
  ["empty", ""],
  ["words", "one  two"],
  ["path", "/usr/lib/x.tar.gz"],
  ["dotted", "a.b.c"],
  ["1", "first"],
]);

function expand(word: string, options: ExpandOptions = {}): string {
  return expandWord(word, variables, options).text;
}

describe("dockerfile/expansion/expand", () => {
  const cases: readonly (readonly [word: string, text: string])[] = [
    ["a$name-${name}b", "avalue-valueb"],
    ["$unset|${unset}|$", "||$"],
    ["$1 $12 $$ $", "first   $"],
    ["'$name \\'\"'\"", "$name \\'"],
    ['"$name \\" \\$ \\x \'"', "value \" $ \\x '"],
    ["\\$name \\' \\", "$name ' "],
    ["${unset-d}${unset:-d}${empty-d}${empty:-d}", "ddd"],
    ["${name+w}${name:+w}${empty+w}${empty:+w}${unset+w}", "www"],
    ["${name?m}${name:?m}${empty?m}", "valuevalue"],
    ["${unset:-${name:-x}$empty'$name'}", "value$name"],
    ["${path#*/} ${path##*/}", "usr/lib/x.tar.gz x.tar.gz"],
    ["${path%.*} ${path%%.*}", "/usr/lib/x.tar /usr/lib/x"],
    ["${path#x}${path#\\/u?r}", "/usr/lib/x.tar.gz/lib/x.tar.gz"],
    ["${dotted/./-} ${dotted//./-}", "a-b.c a-b-c"],
    ["${dotted//?/<$0>}", "<><><><><>"],
    ["${dotted//?/'<$0>'}", "<a><.><b><.><c>"],
    ["${dotted///-}", "-a-.-b-.-c-"],
    ["${empty//*/r}", "r"],
  ];
  for (const [word, text] of cases) {
    it(`expands ${word}`, () => {
      expect(expand(word)).to.equal(text);
    });
  }

  const options: readonly (readonly [word: string, options: ExpandOptions, text: string])[] = [
    ["`$name \\$name", { escape: "`" }, "$name \\value"],
    ["'a' \"$name\"", { keepQuotes: true }, "'a' \"value\""],
    ['\\a "\\$"', { keepEscapes: true }, "\\a \\$"],
    ["'$name\"", { ignoreQuotes: true }, "'value\""],
    [
      "$unset ${unset} ${unset:-$name} ${unset/a/b}",
      { keepUnset: true },
      "$unset ${unset} ${unset:-value} ${unset/a/b}",
    ],
  ];
  for (const [word, given, text] of options) {
    it(`expands ${word} with ${Object.keys(given).join()}`, () => {
      expect(expand(word, given)).to.equal(text);
    });
  }

  it("splits words at blanks outside of quotes, also those of values", () => {
    const { words } = expandWord("a$words 'b c'\\ d \"$words\" '' <<  E", variables);

    expect(words).to.deep.equal(["aone", "two", "b c d", "one  two", "<<  E"]);
  });

  it("tells the names that it found and those that it did not", () => {
    const { matched, unmatched } = expandWord("$name ${unset:-$empty} '$path'", variables);

    expect([...matched]).to.deep.equal(["name", "empty"]);
    expect([...unmatched]).to.deep.equal(["unset"]);
  });

  const refused: readonly (readonly [word: string, code: string, message: string])[] = [
    ["${unset?}", "DOCKERFILE_INVALID", "unset: is not allowed to be unset"],
    ["${empty:?give $name}", "DOCKERFILE_INVALID", "empty: give value"],
    ["${", "DOCKERFILE_SYNTAX", "syntax error: missing '}'"],
    ["${name:-", "DOCKERFILE_SYNTAX", "syntax error: missing '}'"],
    ["${name/a}", "DOCKERFILE_SYNTAX", "syntax error: missing '/' in ${}"],
    ["${}", "DOCKERFILE_SYNTAX", "syntax error: bad substitution"],
    ["${name:#a}", "DOCKERFILE_SYNTAX", "unsupported modifier (:#) in substitution"],
    ["${name!}", "DOCKERFILE_SYNTAX", "unsupported modifier (!) in substitution"],
    [
      "${name#\\x}",
      "DOCKERFILE_SYNTAX",
      "invalid pattern (\\x) in substitution: invalid escape '\\x'",
    ],
    [
      "'",
      "DOCKERFILE_SYNTAX",
      "unexpected end of statement while looking for matching single-quote",
    ],
    [
      '"',
      "DOCKERFILE_SYNTAX",
      "unexpected end of statement while looking for matching double-quote",
    ],
  ];
  for (const [word, code, message] of refused) {
    it(`refuses ${word}`, () => {
      const error = errorFrom(() => expand(word));

      expect(error.code).to.equal(code);
      expect(error.message)
        .to.match(/^failed to process ".*": /)
        .and.to.satisfy((text: string) => text.endsWith(`": ${message}`));
    });
  }

  it("refuses results that are too long, and substitutions nested too deeply", () => {
    const long = new Map([["x", "y".repeat(100_000)]]);

    expect(errorFrom(() => expandWord("${x//?/$x}", long)).code).to.equal("DOCKERFILE_INVALID");
    expect(errorFrom(() => expandWord("$x".repeat(1000), long)).code).to.equal(
      "DOCKERFILE_INVALID",
    );
    expect(errorFrom(() => expandWord("${x:-".repeat(10_000), long)).message).to.match(
      /nested too deeply$/,
    );
  });
});
