import { expect } from "chai";
import { runProgram } from "../../src/support/process.ts";

describe("support/process", () => {
  it("returns the code and both outputs of a program that ends by itself", async () => {
    const result = await runProgram(["sh", "-c", "cat; echo error >&2; exit 3"], { input: "in" });

    expect(result).to.deep.equal({
      kind: "exited",
      code: 3,
      stdout: Buffer.from("in"),
      stderr: Buffer.from("error\n"),
      truncated: false,
    });
  });

  it("gives arguments to the program as they are", async () => {
    const result = await runProgram(["printf", "%s", "$(id) ; *"]);

    expect(result).to.deep.include({ kind: "exited", stdout: Buffer.from("$(id) ; *") });
  });

  it("gives only the environment that it is told", async () => {
    const result = await runProgram(["env"], { env: { PATH: process.env["PATH"], A: "b" } });

    expect(result)
      .to.have.property("stdout")
      .that.satisfies((text: Buffer) => {
        const names = text
          .toString()
          .trim()
          .split("\n")
          .map((line) => line.split("=")[0]);
        return [...names].join() === "PATH,A";
      });
  });

  it("keeps the beginning of an output that is too long", async () => {
    const result = await runProgram(["printf", "%s", "0123456789"], { outputLimitBytes: 4 });

    expect(result).to.deep.include({ stdout: Buffer.from("0123"), truncated: true });
  });

  it("tells the signal that ended a program", async () => {
    const result = await runProgram(["sh", "-c", "kill -TERM $$"]);

    expect(result).to.deep.include({ kind: "killed", signal: "SIGTERM" });
  });

  it("tells that there is no such program", async () => {
    const result = await runProgram(["slipway-has-no-such-program"]);

    expect(result).to.deep.equal({ kind: "not-started", errno: "ENOENT" });
  });

  it("does not mind a program that leaves its input unread", async () => {
    const result = await runProgram(["true"], { input: "x".repeat(1024 * 1024) });

    expect(result).to.deep.include({ kind: "exited", code: 0 });
  });

  it("ends the program and throws the reason when aborted", async () => {
    const abort = new AbortController();
    const running = runProgram(["sleep", "1000"], { signal: abort.signal });

    abort.abort(new RangeError("enough"));

    let error: unknown;
    await running.catch((thrown: unknown) => (error = thrown));
    expect(error).to.be.an.instanceOf(RangeError);
  });
});
