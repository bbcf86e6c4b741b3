import { expect } from "chai";
import * as fc from "fast-check";
import { expandWord } from "../../src/dockerfile/expansion/expand.ts";
import { parseGitUrl } from "../../src/dockerfile/git-url.ts";
import { parseIgnoreFile } from "../../src/dockerfile/ignore/ignore-file.ts";
import { createIgnoreMatcher } from "../../src/dockerfile/ignore/matcher.ts";
import { parseMounts } from "../../src/dockerfile/instructions/run-mount.ts";
import { parseDockerfile, parseInstruction } from "../../src/dockerfile/parse.ts";
import { parseExposedPorts } from "../../src/dockerfile/ports.ts";
import { isBuilderError } from "../../src/errors/builder-error.ts";

const corpus = [
  "# syntax=a/b\n# escape=`\nARG a=b\nFROM --platform=$a x AS y\nRUN c `\n # d\n e\n",
  "FROM scratch\nRUN --mount=type=cache,\"target=/a,b\" <<EOF cat <<-'X' 3<<Y\n1\nEOF\n\t2\n\tX\nY\n",
  'FROM a\nENV a="b\\"c" d=\'e\' f=${g:-h}\nENV i j k\nLABEL l=m\\ n\n',
  'FROM a\nHEALTHCHECK --interval=1m2.5s --retries=3 CMD ["a", "\\u00e9"]\nSHELL ["a"]\nCMD b\n',
  "FROM a\nCOPY --from=b --chown=1:2 --exclude=*.c <<A <<B /d/\n$x\nA\nB\nADD https://x/y?z=1#w /\n",
  'FROM a\nONBUILD ONBUILD RUN <<A\nA\nEXPOSE 1-2/udp [::1]:3:4 $p\nVOLUME ["/v"]\nUSER u\n',
];
const pieces = [
  "\n",
  "\\",
  "`",
  '"',
  "'",
  "<<",
  "<<-",
  "$",
  "${",
  "}",
  "#",
  "--",
  "=",
  "[",
  "]",
  ",",
  "{",
  "\uFEFF",
  "\u0000",
  "é",
  "\ud800",
  "ONBUILD ",
  "\\\n",
  "\r",
  "\t",
];

/** A file of the corpus with some pieces put in, taken out or doubled. */
const mutated = fc
  .tuple(
    fc.constantFrom(...corpus),
    fc.array(fc.tuple(fc.nat(), fc.nat(8), fc.constantFrom(...pieces)), { maxLength: 6 }),
  )
  .map(([text, edits]) =>
    edits.reduce((file, [place, removed, piece]) => {
      const at = place % (file.length + 1);
      return file.slice(0, at) + piece + file.slice(at + removed);
    }, text),
  );
const noise = fc.oneof(
  mutated,
  fc.string({ unit: fc.constantFrom(...pieces, "a", "b", "/", ":", "*", "?", "!", ".", "@", "1") }),
  fc.string({ unit: "binary" }),
);
const variables = new Map([["a", "x y"]]);

/** Runs `action`; errors that are not typed fail the test. */
function tolerate(action: () => void): void {
  try {
    action();
  } catch (error) {
    if (!isBuilderError(error)) throw error;
  }
}

function parseAll(text: string): void {
  const { stages } = parseDockerfile(text, "D");
  for (const instruction of stages.flatMap((stage) => stage.instructions)) {
    if (instruction.type === "ONBUILD") {
      tolerate(() => parseInstruction(instruction.expression, instruction.location));
    }
    if (instruction.type === "RUN") {
      tolerate(() => parseMounts(instruction, (value) => expandWord(value, variables).text));
    }
    if (instruction.type === "EXPOSE") tolerate(() => parseExposedPorts(instruction.ports));
  }
}

describe("dockerfile/robustness", () => {
  const subjects: readonly { name: string; run: (text: string) => void }[] = [
    { name: "the parser", run: parseAll },
    { name: "the expander", run: (text) => void expandWord(text, variables) },
    { name: "the git URL parser", run: (text) => void parseGitUrl(text) },
    {
      name: "the ignore matcher",
      run: (text) => {
        const matcher = createIgnoreMatcher(parseIgnoreFile(text));
        for (const path of ["a", "a/b.c", text]) tolerate(() => void matcher.matches(path));
        tolerate(() => void matcher.root.enter("a").enter("b"));
      },
    },
  ];
  for (const { name, run } of subjects) {
    it(`makes ${name} throw nothing but typed errors`, () => {
      fc.assert(
        fc.property(noise, (text) => tolerate(() => run(text))),
        { numRuns: 1500 },
      );
    });
  }

  it("gives every error of the parser a place inside the file", () => {
    fc.assert(
      fc.property(mutated, (text) => {
        try {
          parseDockerfile(text, "D");
        } catch (error) {
          const location = isBuilderError(error) ? error.location : undefined;
          const last = location?.lastLine ?? Number.POSITIVE_INFINITY;
          expect(last).to.be.at.most(text.split("\n").length);
          expect(location?.firstLine).to.be.at.most(last);
        }
      }),
      { numRuns: 1500 },
    );
  });

  const hostile = [
    { name: "nested JSON", text: `FROM a\nCMD ${`${"[".repeat(60_000)}\\\n`.repeat(10)}` },
    {
      name: "chained triggers",
      text: `FROM a\n${`${"ONBUILD ".repeat(8000)}\\\n`.repeat(10)}RUN x`,
    },
    { name: "many flags", text: `FROM a\nRUN ${`${"--mount=a ".repeat(6000)}\\\n`.repeat(10)}x` },
    {
      name: "many heredocs",
      text: `FROM a\nRUN ${"<<a ".repeat(15_000)}\n${"a\n".repeat(15_000)}`,
    },
    { name: "blanks in a directive", text: `#a=x${" ".repeat(65_000)}y\nFROM a` },
    { name: "nested substitutions", text: `FROM a\nCOPY ${"${a:-".repeat(10_000)}<< b` },
    { name: "nested objects", text: `${'{"a":'.repeat(10_000)}1` },
  ];
  for (const { name, text } of hostile) {
    it(`is not held up by ${name}`, () => {
      tolerate(() => parseAll(text));
    });
  }
});
