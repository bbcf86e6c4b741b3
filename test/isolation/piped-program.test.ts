import { expect } from "chai";
import { type ProgramEnd, startPiped } from "../../src/isolation/piped-program.ts";

async function run(script: string): Promise<{ end: ProgramEnd; said: string[] }> {
  const said: string[] = [];
  const { closed } = startPiped("/bin/sh", ["-c", script], {
    env: { PATH: process.env["PATH"] },
    output: (chunk, stream) => said.push(`${stream} ${chunk.toString()}`),
  });
  return { end: await closed, said: said.toSorted((a, b) => (a < b ? -1 : 1)) };
}

describe("isolation/piped-program", () => {
  it("hands on what a program writes, also to its outputs by their names", async () => {
    const { end, said } = await run("echo one >/dev/stdout; echo two >/dev/stderr; cat; exit 3");

    expect(said).to.deep.equal(["stderr two\n", "stdout one\n"]);
    expect(end).to.deep.equal({ code: 3, signal: null });
  });

  it("has all output when the program has ended", async () => {
    const { said } = await run("head -c 1000000 /dev/zero");

    const length = said.reduce((sum, text) => sum + text.length - "stdout ".length, 0);
    expect(length).to.equal(1_000_000);
  });

  it("tells by which signal a program ended", async () => {
    expect((await run("kill -TERM $$")).end).to.deep.equal({ code: null, signal: "SIGTERM" });
  });

  it("fails when there is no such program", async () => {
    const { closed } = startPiped("/no/such/program", [], { output: () => undefined });

    expect(await closed.catch(String)).to.include("ENOENT");
  });
});
