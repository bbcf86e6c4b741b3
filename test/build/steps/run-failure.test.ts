import { expect } from "chai";
import { type RunFailure, runFailure } from "../../../src/build/steps/run-failure.ts";
import type { Command, ExitStatus } from "../../../src/isolation/isolation.ts";

const command: Command = {
  args: ["make", "all"],
  env: [],
  cwd: "/",
  user: { uid: 0, gid: 0, additionalGids: [] },
  mounts: [],
  network: "host",
  security: "sandbox",
  hostname: "builder",
};

const exited = (code: number): ExitStatus => ({ code, signal: undefined });
const killed: ExitStatus = { code: undefined, signal: "SIGKILL" };

const fail = (status: ExitStatus, more: Partial<RunFailure> = {}): ReturnType<typeof runFailure> =>
  runFailure(command, {
    status,
    lastLines: ["the last line"],
    oomKills: undefined,
    fullDirectory: undefined,
    ...more,
  });

describe("build/steps/run-failure", () => {
  it("says with what code a command ended, and what it said last", () => {
    const error = fail(exited(2));

    expect(error).to.include({ code: "COMMAND_FAILED", status: 2, hint: undefined });
    expect(error.message).to.equal(
      'process "make all" did not complete successfully: exit code: 2',
    );
    expect(error.lastLines).to.deep.equal(["the last line"]);
  });

  it("says what signal ended a command", () => {
    const error = fail({ code: undefined, signal: "SIGSEGV" });

    expect(error).to.include({ code: "COMMAND_KILLED", signal: "SIGSEGV", hint: undefined });
  });

  for (const status of [killed, exited(137)]) {
    it(`suspects the memory limit when ${status.signal ?? status.code} is all that is known`, () => {
      expect(fail(status, { oomKills: 0 }).hint).to.include(
        "if that is it, raise resources.limits.memory",
      );
    });
  }

  it("states as a fact that the memory limit was reached, whatever became of the command", () => {
    const error = fail(exited(2), { oomKills: 3 });

    expect(error.hint).to.include("limit was reached").and.include("3 in all");
    expect(error.hint).to.include("raise resources.limits.memory");
  });

  it("tells of a full disk", () => {
    const error = fail(exited(1), { fullDirectory: "/scratch" });

    expect(error.hint).to.match(/\/scratch .*full.*emptyDir\.sizeLimit.*ephemeral-storage/);
  });

  for (const code of [126, 127]) {
    it(`explains exit code ${code}`, () => {
      expect(fail(exited(code)).hint).to.include("The program was");
    });
  }
});
