import { type BigIntStats, lstatSync } from "node:fs";
import { expect } from "chai";
import { fingerprintOf } from "../../src/rootfs/scan-directory.ts";

describe("rootfs/scan-directory", () => {
  const stats = lstatSync("/", { bigint: true });
  const fields = [
    "ino",
    "birthtimeNs",
    "size",
    "mtimeNs",
    "ctimeNs",
    "mode",
    "uid",
    "gid",
  ] as const;
  const printWith = (field: (typeof fields)[number], value: bigint): string =>
    fingerprintOf(Object.assign(Object.create(stats) as BigIntStats, { [field]: value }));

  for (const field of fields) {
    it(`tells a file from one with another ${field}`, () => {
      expect(printWith(field, stats[field] + 1n)).not.to.equal(fingerprintOf(stats));
    });
  }

  it("keeps 56 bytes of a file, also of one from before 1970", () => {
    expect(fingerprintOf(stats)).to.have.length(56);
    expect(printWith("mtimeNs", -1n)).to.have.length(56);
  });
});
