import { chmodSync, readdirSync, readFileSync } from "node:fs";
import { expect } from "chai";
import { inNamespace, permitsNamespaces, startInNamespace } from "../../support/namespace.ts";
import {
  makeTemporaryDirectory,
  type TemporaryDirectory,
} from "../../support/temporary-directory.ts";

const commands = new URL("namespace-isolation.scenarios.ts", import.meta.url).href;

describe("isolation/namespace/supervisor", function () {
  this.timeout(30_000);
  let place: TemporaryDirectory;
  before(async function () {
    if (!(await permitsNamespaces())) this.skip();
  });
  beforeEach(async () => {
    place = await makeTemporaryDirectory();
    chmodSync(place.path, 0o755);
  });
  afterEach(async () => place[Symbol.asyncDispose]());

  const traces = (): unknown => ({
    left: readdirSync(place.path),
    mounted: readFileSync("/proc/self/mountinfo", "utf8").includes(place.path),
    alive: readdirSync("/proc").filter(
      (pid) => /^\d+$/.test(pid) && commandLine(pid).includes(place.path),
    ),
  });
  const none = { left: [], mounted: false, alive: [] };

  it("runs a program as root and first process of its own namespaces", async () => {
    const seen = await inNamespace(commands, "look");

    expect(seen).to.deep.equal({ pid: 1, proc: "1", uid: 0, aborted: false, exists: true });
  });

  it("ends with the program's exit code, and removes the work directory", async () => {
    const running = startInNamespace(commands, "failing", place.path);

    expect((await running.ended).code).to.equal(1);
    expect(traces()).to.deep.equal(none);
  });

  it("hands SIGTERM on, so that the program ends its commands and cleans up", async () => {
    const running = startInNamespace(commands, "endless", place.path);
    expect(await running.firstLine).to.equal("running");

    process.kill(running.pid, "SIGTERM");

    expect((await running.ended).code).to.equal(1);
    expect(traces()).to.deep.equal(none);
  });

  it("leaves nothing when the program is killed", async () => {
    const running = startInNamespace(commands, "endless", place.path);
    await running.firstLine;

    for (const pid of childrenOf(running.pid)) process.kill(pid, "SIGKILL");

    expect((await running.ended).code).to.equal(137);
    expect(traces()).to.deep.equal(none);
  });

  it("leaves nothing when the supervisor is killed", async () => {
    const running = startInNamespace(commands, "endless", place.path);
    await running.firstLine;

    process.kill(running.pid, "SIGKILL");

    expect((await running.ended).signal).to.equal("SIGKILL");
    expect(traces()).to.deep.equal(none);
  });
});

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
