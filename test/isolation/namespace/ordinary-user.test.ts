import { expect } from "chai";
import { runProgram } from "../../../src/support/process.ts";
import { inNamespace } from "../../support/namespace.ts";

const isolation = new URL("namespace-isolation.scenarios.ts", import.meta.url).href;
const rootfs = new URL("../../rootfs/overlay-root.scenarios.ts", import.meta.url).href;

const user = "slipway-test";
const asUser = ["runuser", "-u", user, "--"] as const;

/** What must come out the same for root and for an ordinary user with subordinate ids. */
const scenarios: readonly (readonly [url: string, names: readonly string[]])[] = [
  [isolation, ["plain", "user", "noTrace", "etcFiles", "mounts", "workingDirectory"]],
  [isolation, ["network", "leftBehind", "notStarted", "aborted"]],
  [rootfs, ["materialises", "nothing", "changes", "hardLinks", "sameTime", "missingDevice"]],
  [rootfs, ["updates", "failing", "forks", "disposal"]],
];

describe("isolation/namespace as an ordinary user", function () {
  this.timeout(30_000);

  before(async function () {
    // Only root can make a user; one who is no root runs all the other tests as an ordinary user.
    if (process.getuid?.() !== 0) this.skip();
    await runProgram(["useradd", "--no-create-home", user]);
    const ready = await runProgram([...asUser, process.execPath, "--version"], { cwd: "/" });
    // A clone below /root, say, is not for others to read.
    if (ready.kind !== "exited" || ready.code !== 0) this.skip();
  });
  after(async () => {
    if (process.getuid?.() === 0) await runProgram(["userdel", user]);
  });

  for (const [url, names] of scenarios) {
    for (const name of names) {
      it(`does the same as root in ${name}`, async () => {
        const [root, ordinary] = await Promise.all([
          inNamespace(url, name),
          inNamespace(url, name, { as: asUser }),
        ]);

        expect(ordinary).to.deep.equal(root);
      });
    }
  }

  it("is root in a user namespace of more than one id", async () => {
    const { uid } = await inNamespace<{ uid: number }>(isolation, "look", { as: asUser });

    expect(uid).to.equal(0);
  });
});
