import { chmodSync, existsSync, readdirSync, readFileSync } from "node:fs";
import { expect } from "chai";
import { namespacePrivileges } from "../../../src/isolation/namespace/privileges.ts";
import { joinSupervisor } from "../../../src/isolation/namespace/supervised.ts";
import { superviseInNamespace } from "../../../src/isolation/namespace/supervisor.ts";
import { withContainers } from "../../support/containers.ts";
import { errorOf } from "../../support/error-of.ts";
import { identities, loneUser } from "../../support/identity.ts";
import {
  inNamespace,
  type RunningScenario,
  type Scenario,
  type ScenarioPlace,
  startInNamespace,
} from "../../support/namespace.ts";
import {
  makeTemporaryDirectory,
  type TemporaryDirectory,
} from "../../support/temporary-directory.ts";

/** Runs a command that does not end; it says so by a line when it runs. */
export const endless = (place: ScenarioPlace): Promise<unknown> =>
  withContainers(place, ({ show }) => show("echo running; sleep 98767 & sleep 98767"));

/** What the first process of the namespaces sees. */
export const look = ({ directory, signal }: ScenarioPlace): Promise<unknown> =>
  Promise.resolve({
    pid: process.pid,
    proc: readFileSync("/proc/self/stat", "utf8").split(" ")[0],
    uid: process.getuid?.(),
    aborted: signal.aborted,
    exists: existsSync(directory),
  });

export const failing = (): Promise<unknown> => Promise.reject(new RangeError("on purpose"));

describe("isolation/namespace/supervisor", function () {
  this.timeout(30_000);
  const from = import.meta.url;
  before(async function () {
    const probe = await namespacePrivileges(new AbortController().signal);
    if (!probe.works) this.skip();
  });

  it("runs a program as root and first process of its own namespaces", async () => {
    const seen = await inNamespace(look, { from });

    expect(seen).to.deep.equal({ pid: 1, proc: "1", uid: 0, aborted: false, exists: true });
  });

  it("is not joined by a program that it did not start", async () => {
    expect(await joinSupervisor({})).to.equal(undefined);
  });

  it("says that there is no unshare", async () => {
    await using place = await makeTemporaryDirectory();
    const { ended } = superviseInNamespace({
      argv: ["true"],
      env: { PATH: place.path },
      workDirectory: place.join("work"),
      privileges: { root: "real", processes: "own" },
    });

    expect(await errorOf(ended)).to.include({
      code: "ISOLATION_UNAVAILABLE",
      message: "cannot run unshare: spawn unshare ENOENT",
    });
  });
});

for (const identity of [...identities, loneUser]) {
  describe(`isolation/namespace/supervisor for ${identity.name}`, function () {
    this.timeout(30_000);
    const { as } = identity;
    let place: TemporaryDirectory;
    before(async function () {
      if (!(await identity.prepare())) this.skip();
    });
    after(() => identity.remove());
    beforeEach(async () => {
      place = await makeTemporaryDirectory();
      chmodSync(place.path, 0o1777);
    });
    afterEach(async () => place[Symbol.asyncDispose]());

    const start = (scenario: Scenario<unknown>): RunningScenario =>
      startInNamespace(scenario, { from: import.meta.url, as, directory: place.path });
    const traces = (): unknown => ({
      left: readdirSync(place.path),
      mounted: readFileSync("/proc/self/mountinfo", "utf8").includes(place.path),
      alive: readdirSync("/proc").filter(
        (pid) => /^\d+$/.test(pid) && commandLine(pid).includes(place.path),
      ),
    });
    const none = { left: [], mounted: false, alive: [] };

    it("ends with the program's exit code, and removes the work directory", async () => {
      const running = start(failing);

      expect((await running.ended).code).to.equal(1);
      expect(traces()).to.deep.equal(none);
    });

    it("hands SIGTERM on, so that the program ends its commands and cleans up", async () => {
      const running = start(endless);
      expect(await running.firstLine).to.equal("running");

      process.kill(running.pid, "SIGTERM");

      expect((await running.ended).code).to.equal(1);
      expect(traces()).to.deep.equal(none);
    });

    it("leaves nothing when the program is killed", async () => {
      const running = start(endless);
      await running.firstLine;

      for (const pid of childrenOf(running.pid)) process.kill(pid, "SIGKILL");

      expect((await running.ended).code).to.equal(137);
      expect(traces()).to.deep.equal(none);
    });

    it("leaves nothing when the supervisor is killed", async () => {
      const running = start(endless);
      await running.firstLine;

      process.kill(running.pid, "SIGKILL");

      expect((await running.ended).signal).to.equal("SIGKILL");
      expect(traces()).to.deep.equal(none);
    });
  });
}

function commandLine(pid: string): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, "utf8");
  } catch {
    return "";
  }
}

function childrenOf(pid: number): number[] {
  const children = readFileSync(`/proc/${pid}/task/${pid}/children`, "utf8").trim();
  return children.split(" ").map(Number);
}
