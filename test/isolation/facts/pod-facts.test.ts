import { existsSync, readFileSync } from "node:fs";
import path from "node:path";
import { expect } from "chai";
import {
  directoryFacts,
  gatherPodFacts,
  type PodFacts,
} from "../../../src/isolation/facts/pod-facts.ts";
import { runProgram } from "../../../src/support/process.ts";
import {
  makeTemporaryDirectory,
  type TemporaryDirectory,
} from "../../support/temporary-directory.ts";

const isRoot = process.getuid?.() === 0;

/** The facts that a process finds which `launcher` has started. */
async function factsOf(launcher: readonly [string, ...string[]]): Promise<PodFacts> {
  const script = `
    const { gatherPodFacts } = await import(${JSON.stringify(path.resolve("src/isolation/facts/pod-facts.ts"))});
    console.log(JSON.stringify(await gatherPodFacts(new AbortController().signal)));`;
  const node = [process.execPath, "--input-type=module", "--eval", script];
  const result = await runProgram([...launcher, ...node]);
  if (result.kind !== "exited" || result.code !== 0) throw new Error(JSON.stringify(result));
  return JSON.parse(result.stdout.toString()) as PodFacts;
}

describe("isolation/facts/pod-facts", () => {
  let place: TemporaryDirectory;

  before(async () => {
    place = await makeTemporaryDirectory();
  });

  after(() => place[Symbol.asyncDispose]());

  it("finds what this process is", async () => {
    const facts = await gatherPodFacts(new AbortController().signal);

    expect(facts.user.uid).to.equal(process.geteuid?.());
    expect(facts.user.gid).to.equal(process.getegid?.());
    expect(facts.programs["unshare"]).to.satisfy(existsSync);
    expect(facts.stepImage).to.equal(false);
    expect(facts.landlockAbi).to.be.at.least(0);
    const map = readFileSync("/proc/self/uid_map", "utf8").trim().split(/\s+/).map(Number);
    expect(facts.userNamespaces.uidMap.flat()).to.deep.equal(map);
  });

  it("finds what is taken from a process (needs root)", async function () {
    if (!isRoot) this.skip();
    const bounded = ["--bounding-set=-sys_chroot,-sys_admin", "--inh-caps=-sys_chroot,-sys_admin"];

    const facts = await factsOf(["setpriv", "--no-new-privs", "--clear-groups", ...bounded, "--"]);

    expect(facts.noNewPrivileges).to.equal(true);
    expect(facts.user).to.deep.equal({ uid: 0, gid: 0, groups: [] });
    expect(facts.capabilities)
      .to.include("CAP_CHOWN")
      .and.not.include.members(["CAP_SYS_CHROOT", "CAP_SYS_ADMIN"]);
    expect(facts.chroot).to.deep.equal({ works: false, reason: "EPERM" });
  });

  it("finds a user namespace, and mounts that cover parts of /proc (needs root)", async function () {
    if (!isRoot) this.skip();
    const cover = 'mount -t tmpfs none /proc/fs && exec "$@"';
    const namespaces = ["--user", "--map-root-user", "--mount"];

    const facts = await factsOf(["unshare", ...namespaces, "sh", "-c", cover, "sh"]);

    expect(facts.userNamespaces.inOwn).to.equal(true);
    expect(facts.userNamespaces.uidMap).to.deep.equal([[0, 0, 1]]);
    expect(facts.maskedProc).to.include("/proc/fs");
  });

  it("describes a directory and its filesystem", () => {
    const facts = directoryFacts(place.path);

    expect(facts).to.include({ path: place.path });
    expect(facts.filesystem).to.not.equal("");
    expect(facts.writable).to.deep.equal({ works: true });
    expect(facts.freeBytes).to.be.within(1, facts.totalBytes);
  });
});
