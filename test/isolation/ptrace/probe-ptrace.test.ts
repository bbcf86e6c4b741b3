import { copyFileSync, mkdirSync } from "node:fs";
import { expect } from "chai";
import { probePtrace } from "../../../src/isolation/ptrace/probe-ptrace.ts";
import { forbidNewPrivileges, setSystemCallFilter } from "../../../src/rootfs/posix-restrict.ts";
import { restrictedUser } from "../../support/identity.ts";
import { inProcess, type ScenarioPlace } from "../../support/namespace.ts";

export const works = async ({ directory, signal }: ScenarioPlace): Promise<unknown> => {
  const probe = await probePtrace({ workDirectory: directory, signal, environment: process.env });
  return probe.works ? "works" : probe.refusals;
};

export const withoutProot = async ({ directory, signal }: ScenarioPlace): Promise<unknown> => {
  const environment = { PATH: "/nowhere" };
  const probe = await probePtrace({ workDirectory: directory, signal, environment });
  return probe.works ? "works" : probe.refusals;
};

export const withAnother = async ({ directory, signal }: ScenarioPlace): Promise<unknown> => {
  const bin = `${directory}/bin`;
  mkdirSync(bin);
  copyFileSync("/bin/true", `${bin}/proot`);
  const probe = await probePtrace({ workDirectory: directory, signal, environment: { PATH: bin } });
  return probe.works ? "works" : probe.refusals;
};

/** A seccomp filter that refuses ptrace(2), by its number here. */
function refusePtrace(): Buffer {
  const number = process.arch === "x64" ? 101 : 117;
  const instructions = [
    [0x20, 0, 0, 0],
    [0x15, 0, 1, number],
    [0x06, 0, 0, 0x0005_0001],
    [0x06, 0, 0, 0x7fff_0000],
  ] as const;
  const program = Buffer.alloc(instructions.length * 8);
  for (const [at, [code, ifTrue, ifFalse, value]] of instructions.entries()) {
    program.writeUInt16LE(code, at * 8);
    program.writeUInt8(ifTrue, at * 8 + 2);
    program.writeUInt8(ifFalse, at * 8 + 3);
    program.writeUInt32LE(value, at * 8 + 4);
  }
  return program;
}

export const forbidden = async (place: ScenarioPlace): Promise<unknown> => {
  forbidNewPrivileges();
  setSystemCallFilter(refusePtrace());
  return works(place);
};

describe("isolation/ptrace/probe-ptrace", function () {
  this.timeout(30_000);
  before(async function () {
    if (!(await restrictedUser.prepare())) this.skip();
  });
  const options = { from: import.meta.url, as: restrictedUser.as };

  it("works for a user without any rights", async () => {
    expect(await inProcess(works, options)).to.equal("works");
  });

  it("says that proot is missing", async () => {
    expect(await inProcess(withoutProot, options)).to.deep.equal([
      {
        rung: "ptrace",
        reason: "proot is not installed",
        remedy: "use slipway's step image, or put proot into the PATH of slipway",
      },
    ]);
  });

  it("says that proot is another one", async () => {
    expect(await inProcess(withAnother, options)).to.deep.equal([
      {
        rung: "ptrace",
        reason: "proot is another one than Debian's proot 5.1",
        remedy: "use slipway's step image",
      },
    ]);
  });

  it("says what proot said, and what would permit it", async () => {
    const [refusal] = (await inProcess(forbidden, options)) as { reason: string; remedy: string }[];

    expect(refusal?.reason).to.match(/^(ptrace is forbidden|the node's Yama)/);
    expect(refusal?.remedy).to.match(/seccompProfile|ptrace_scope/);
  });
});
