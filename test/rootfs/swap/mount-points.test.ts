import { expect } from "chai";
import { mountPoints, parseMountInfo } from "../../../src/rootfs/swap/mount-points.ts";

describe("rootfs/swap/mount-points", () => {
  it("finds where something is mounted, whatever the names are", () => {
    const text = [
      "22 1 0:21 / / rw,relatime - overlay overlay rw",
      "23 22 0:22 / /proc rw,nosuid - proc proc rw",
      "24 22 8:1 /a /a\\040volume/with\\134backslash ro shared:1 - ext4 /dev/sda ro",
      "",
    ].join("\n");

    expect(parseMountInfo(text)).to.deep.equal(["/", "/proc", "/a volume/with\\backslash"]);
  });

  it("sees what this process sees", () => {
    expect(mountPoints()).to.include.members(["/", "/proc"]);
  });
});
