import { expect } from "chai";
import { readStatements } from "../../../src/dockerfile/grammar/read-statements.ts";
import { errorFrom } from "../../support/error-from.ts";

function textsOf(source: string): string[] {
  return readStatements(source, "D").statements.map(({ text }) => text);
}

describe("dockerfile/grammar/read-statements", () => {
  const joined = [
    { name: "joins a continued line", source: "RUN a \\\n  b", texts: ["RUN a   b"] },
    { name: "ignores blanks behind the escape", source: "RUN a \\ \t\nb", texts: ["RUN a b"] },
    {
      name: "takes two escapes for a literal one",
      source: "RUN a\\\\\nRUN b",
      texts: ["RUN a\\\\", "RUN b"],
    },
    { name: "drops comments inside", source: "RUN a \\\n # c\nb", texts: ["RUN a b"] },
    { name: "accepts a dangling continuation", source: "RUN a \\", texts: ["RUN a "] },
    {
      name: "follows the escape directive",
      source: "#escape=`\nRUN a `\nb\\\nc",
      texts: ["RUN a b\\", "c"],
    },
    { name: "accepts carriage returns", source: "RUN a \\\r\nb\r\n", texts: ["RUN a b"] },
  ];
  for (const { name, source, texts } of joined) {
    it(name, () => {
      expect(textsOf(source)).to.deep.equal(texts);
    });
  }

  it("warns of a blank line inside a continuation", () => {
    const { warnings } = readStatements("RUN a \\\n\nb\n", "D");

    expect(warnings).to.deep.equal([
      {
        message: "Empty continuation line found in: RUN a b",
        location: { file: "D", firstLine: 3, lastLine: 3 },
      },
    ]);
  });

  it("keeps comments over blank lines, and drops them at an empty one", () => {
    const { statements } = readStatements("# a\n#\n# b\n\n#c\nRUN x\nRUN y\n", "D");

    expect(statements.map(({ comments }) => comments)).to.deep.equal([["b", "c"], []]);
  });

  it("takes flags apart from arguments", () => {
    const source = 'RUN --mount="type=bind,target=/a b" --x=\\"y -- --z a';
    const [statement] = readStatements(source, "D").statements;

    expect(statement?.flags).to.deep.equal(["--mount=type=bind,target=/a b", '--x="y']);
    expect(statement?.words).to.deep.equal(["--z a"]);
  });

  it("tells JSON from shell form", () => {
    const source = 'CMD ["a", "b\\u00e9\\ud800"]\nCMD ["a\', 1]\nCMD [ "a" ] x\nVOLUME /a  /b';

    expect(
      readStatements(source, "D").statements.map(({ words, json }) => [json, words]),
    ).to.deep.equal([
      [true, ["a", "bé\uFFFD"]],
      [false, ["[\"a', 1]"]],
      [false, ['[ "a" ] x']],
      [false, ["/a", "/b"]],
    ]);
  });

  it("reads pairs in both forms, quotes and escapes in place", () => {
    const source = "ENV a=\"b c\" d='e'\\ f g=\nENV key the  rest";

    expect(readStatements(source, "D").statements.map(({ pairs }) => pairs)).to.deep.equal([
      [
        { key: "a", value: '"b c"', legacy: false },
        { key: "d", value: "'e'\\ f", legacy: false },
        { key: "g", value: "", legacy: false },
      ],
      [{ key: "key", value: "the  rest", legacy: true }],
    ]);
  });

  it("reads the bodies of several heredocs in order", () => {
    const source = "RUN cat <<A 3<<-'B' \\\n  <<\"C D\"\n1 \\\nA\n\t2\n\tB\nC D\nRUN x\n";
    const [run, next] = readStatements(source, "D").statements;

    expect(run?.heredocs).to.deep.equal([
      { name: "A", data: "1 \\\n", chomp: false, expand: true, fileDescriptor: 0 },
      { name: "B", data: "\t2\n", chomp: true, expand: false, fileDescriptor: 3 },
      { name: "C D", data: "", chomp: false, expand: false, fileDescriptor: 0 },
    ]);
    expect(run?.location.lastLine).to.equal(7);
    expect(next?.text).to.equal("RUN x");
  });

  const without = [
    'RUN echo "<<A"',
    "RUN cat<<A",
    "RUN cat <<<A",
    "RUN it's <<A",
    'RUN ["<<A"]',
    "CMD <<A",
    "ENV a=<<A",
    "ONBUILD CMD <<A",
  ];
  for (const source of without) {
    it(`finds no heredoc in ${source}`, () => {
      expect(readStatements(source, "D").statements[0]?.heredocs).to.deep.equal([]);
    });
  }

  it("finds the heredoc of an ONBUILD trigger", () => {
    const [onbuild] = readStatements("ONBUILD COPY <<A /\nx\nA\n", "D").statements;

    expect(onbuild?.heredocs[0]?.data).to.equal("x\n");
  });

  it("accepts lines up to the limit, counted in bytes", () => {
    const longest = `RUN ${"é".repeat(32_765)}x`;

    expect(Buffer.byteLength(longest)).to.equal(65_535);
    expect(textsOf(`${longest}\nRUN b`)).to.deep.equal([longest, "RUN b"]);
  });

  const refused = [
    { source: "\n# only\n", message: "file with no instructions", lines: [2, 2] },
    { source: "RUN a\nRUN <<A\nx\n", message: "unterminated heredoc", lines: [2, 3] },
    {
      source: "#syntax=a\n#syntax=b\nRUN x",
      message: "only one syntax parser directive can be used",
      lines: [1, 1],
    },
    {
      source: "#escape=x\nRUN x",
      message: "invalid escape token 'x' does not match ` or \\",
      lines: [0, 0],
    },
    { source: "RUN a\nENV b\n", message: "ENV must have two arguments", lines: [2, 2] },
    {
      source: "LABEL a=b c\n",
      message: 'Syntax error - can\'t find = in "c". Must be of the form: name=value',
      lines: [1, 1],
    },
    {
      source: 'CMD ["a",\\\n1]\n',
      message: "when using JSON array syntax, arrays must be comprised of strings only",
      lines: [1, 2],
    },
    {
      source: `RUN a\nRUN ${"x".repeat(65_540)}\n`,
      message: "dockerfile line greater than max allowed size of 65535",
      lines: [1, 1],
    },
  ];
  for (const { source, message, lines } of refused) {
    it(`refuses a file: ${message}`, () => {
      const error = errorFrom(() => readStatements(source, "D"));

      expect(error.code).to.equal("DOCKERFILE_SYNTAX");
      expect(error.message).to.equal(message);
      expect([error.location?.firstLine, error.location?.lastLine]).to.deep.equal(lines);
    });
  }
});
