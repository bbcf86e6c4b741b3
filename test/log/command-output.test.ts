import { expect } from "chai";
import * as fc from "fast-check";
import { type CommandOutput, createCommandOutput } from "../../src/log/command-output.ts";
import type { LogFormat } from "../../src/log/levels.ts";

function record(format: LogFormat = "text"): {
  open: (label: string) => CommandOutput;
  lines: string[];
} {
  const lines: string[] = [];
  const destination = { write: (line: string) => void lines.push(line) };
  return { open: createCommandOutput({ format, destination }), lines };
}

describe("log/command-output", () => {
  it("puts the label before each line", () => {
    const { open, lines } = record();
    const output = open("build 3/5");

    output.write(Buffer.from("one\ntwo\n\n"), "stdout");
    output.end();

    expect(lines).to.deep.equal(["[build 3/5] one\n", "[build 3/5] two\n", "[build 3/5] \n"]);
  });

  it("joins what comes in pieces, characters of several bytes too", () => {
    const { open, lines } = record();
    const output = open("a");
    const bytes = Buffer.from("gr\u00FC\u00DFe\n");

    for (const byte of bytes) output.write(Buffer.from([byte]), "stdout");

    expect(lines).to.deep.equal(["[a] gr\u00FC\u00DFe\n"]);
  });

  it("writes the last line at the end, also without a newline", () => {
    const { open, lines } = record();
    const output = open("a");

    output.write(Buffer.from("no newline"), "stderr");
    expect(lines).to.deep.equal([]);
    output.end();
    output.end();

    expect(lines).to.deep.equal(["[a] no newline\n"]);
  });

  it("keeps lines of both streams and of several commands apart", () => {
    const { open, lines } = record();
    const [a, b] = [open("a"), open("b")];

    a.write(Buffer.from("out"), "stdout");
    a.write(Buffer.from("err\n"), "stderr");
    b.write(Buffer.from("other\n"), "stdout");
    a.write(Buffer.from("put\n"), "stdout");

    expect(lines).to.deep.equal(["[a] err\n", "[b] other\n", "[a] output\n"]);
  });

  it("breaks lines that are too long to hold", () => {
    const { open, lines } = record();
    const output = open("a");

    output.write(Buffer.alloc(150_000, "x"), "stdout");
    output.end();

    const text = lines.map((line) => line.slice("[a] ".length, -1)).join("");
    expect(lines.length).to.equal(3);
    expect(text).to.equal("x".repeat(150_000));
  });

  it("writes one JSON object per line where that is the format", () => {
    const { open, lines } = record("json");
    const output = open("build 3/5");

    output.write(Buffer.from('say "hi"\n'), "stderr");

    expect(JSON.parse(lines.join(""))).to.include({
      level: "info",
      step: "build 3/5",
      stream: "stderr",
      output: 'say "hi"',
    });
  });

  it("neither loses nor adds a byte, however the output is cut", () => {
    fc.assert(
      fc.property(fc.array(fc.stringMatching(/^[a-z\n]*$/)), (pieces) => {
        const { open, lines } = record();
        const output = open("a");
        for (const piece of pieces) output.write(Buffer.from(piece), "stdout");
        output.end();

        const whole = pieces.join("");
        const text = lines.map((line) => line.slice("[a] ".length)).join("");
        expect(text).to.equal(whole === "" || whole.endsWith("\n") ? whole : `${whole}\n`);
      }),
    );
  });
});
