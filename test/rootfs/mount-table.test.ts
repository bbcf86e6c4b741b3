import { expect } from "chai";
import { mountOf, parseMountTable, readMountTable } from "../../src/rootfs/mount-table.ts";

const text = `
22 1 0:20 / / rw,relatime shared:1 - overlay overlay rw,lowerdir=/a
23 22 0:21 / /proc rw,nosuid - proc proc rw
24 23 0:21 /sys /proc/sys ro,nosuid - proc proc rw
25 22 0:22 / /data rw master:3 propagate_from:1 - ext4 /dev/vda ro,errors=remount-ro
26 22 0:23 / /data\\040and\\134more rw - tmpfs none rw
27 22 0:24 / /data rw - xfs /dev/vdb rw
`;

describe("rootfs/mount-table", () => {
  const mounts = parseMountTable(text);

  it("reads place, type, and whether the mount or its filesystem is read-only", () => {
    expect(mounts.slice(0, 4)).to.deep.equal([
      { id: 22, target: "/", type: "overlay", readOnly: false },
      { id: 23, target: "/proc", type: "proc", readOnly: false },
      { id: 24, target: "/proc/sys", type: "proc", readOnly: true },
      { id: 25, target: "/data", type: "ext4", readOnly: true },
    ]);
  });

  it("reads names with white space and backslashes", () => {
    expect(mounts[4]?.target).to.equal("/data and\\more");
  });

  for (const [path, type] of [
    ["/", "overlay"],
    ["/database", "overlay"],
    ["/proc/sys/kernel", "proc"],
    ["/data and\\more/file", "tmpfs"],
  ] as const) {
    it(`finds the mount of ${path}`, () => {
      expect(mountOf(path, mounts)?.type).to.equal(type);
    });
  }

  it("takes the mount that covers the others", () => {
    expect(mountOf("/data/file", mounts)?.type).to.equal("xfs");
  });

  it("sees what this process sees", () => {
    expect(readMountTable().map(({ target }) => target)).to.include.members(["/", "/proc"]);
  });

  it("finds nothing where there is nothing", () => {
    expect(mountOf("/data", [])).to.equal(undefined);
  });
});
