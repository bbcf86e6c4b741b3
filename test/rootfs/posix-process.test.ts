import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { expect } from "chai";
import { actAs } from "../../src/rootfs/posix-process.ts";

function fail(): never {
  throw new RangeError("on purpose");
}

describe("rootfs/posix-process", () => {
  const isRoot = process.getuid?.() === 0;

  it("starts a process as somebody else, and is itself again afterwards", function () {
    // Only root can become somebody else.
    if (!isRoot) this.skip();
    const identity = { uid: 4321, gid: 5432, additionalGids: [11, 12] };

    const { stdout } = actAs(identity, () =>
      spawnSync("sh", ["-c", "grep -E '^(Uid|Gid|Groups|CapPrm):' /proc/self/status"]),
    );

    expect(stdout.toString().trim().replaceAll(/\s+/g, " ")).to.equal(
      "Uid: 4321 4321 4321 4321 Gid: 5432 5432 5432 5432 Groups: 11 12 CapPrm: 0000000000000000",
    );
    expect(process.geteuid?.()).to.equal(0);
    expect(readFileSync("/etc/shadow").length).to.be.greaterThan(0);
  });

  it("is itself again when the action throws", function () {
    if (!isRoot) this.skip();

    expect(() => actAs({ uid: 4321, gid: 5432, additionalGids: [] }, fail)).to.throw(RangeError);
    expect(process.geteuid?.()).to.equal(0);
  });
});
