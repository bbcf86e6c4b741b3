import { lstatSync, symlinkSync, writeFileSync } from "node:fs";
import { expect } from "chai";
import { fsPath } from "../../src/filetree/name.ts";
import { getXattr, listXattrs, makeFifo, setTimes, setXattr } from "../../src/rootfs/posix.ts";
import { makeTemporaryDirectory, type TemporaryDirectory } from "../support/temporary-directory.ts";

describe("rootfs/posix", () => {
  let place: TemporaryDirectory;
  beforeEach(async () => (place = await makeTemporaryDirectory()));
  afterEach(async () => place[Symbol.asyncDispose]());

  it("keeps every byte of an extended attribute", () => {
    const file = place.join("file");
    writeFileSync(file, "");
    const value = Buffer.from([0, 1, 0xff, 0, 10]);

    setXattr(file, "user.some", value);
    setXattr(file, "user.empty", Buffer.alloc(0));

    expect(getXattr(file, "user.some")).to.deep.equal(value);
    expect(getXattr(file, "user.empty")).to.deep.equal(Buffer.alloc(0));
    expect(listXattrs(file)).to.include.members(["user.some", "user.empty"]);
  });

  it("has no value for an attribute that is not there", () => {
    expect(getXattr(place.path, "user.none")).to.equal(undefined);
  });

  it("fails as node:fs does", () => {
    const path = place.join("none");

    expect(() => getXattr(path, "user.some"))
      .to.throw(/ENOENT/)
      .with.include({ code: "ENOENT", syscall: "lgetxattr", path });
  });

  it("refuses a path with a NUL byte", () => {
    expect(() => setTimes(`${place.path}\0/x`, { seconds: 0, nanoseconds: 0 })).to.throw(TypeError);
  });

  for (const time of [
    { seconds: 1_600_000_000, nanoseconds: 123_456_789 },
    { seconds: -2, nanoseconds: 999_999_999 },
  ]) {
    it(`sets the time ${time.seconds}.${time.nanoseconds} of a link, not of its target`, () => {
      const target = place.join("target");
      const link = place.join("link");
      writeFileSync(target, "");
      symlinkSync(target, link);
      const before = lstatSync(target, { bigint: true }).mtimeNs;

      setTimes(link, time);

      const expected = BigInt(time.seconds) * 1_000_000_000n + BigInt(time.nanoseconds);
      expect(lstatSync(link, { bigint: true }).mtimeNs).to.equal(expected);
      expect(lstatSync(target, { bigint: true }).mtimeNs).to.equal(before);
    });
  }

  it("makes a fifo whose name is no UTF-8", () => {
    const fifo = place.join("\udc80\udcff");

    makeFifo(fifo);

    expect(lstatSync(fsPath(fifo)).isFIFO()).to.equal(true);
  });
});
