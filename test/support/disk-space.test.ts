import { statfsSync } from "node:fs";
import { expect } from "chai";
import { diskSpace } from "../../src/support/disk-space.ts";

describe("support/disk-space", () => {
  it("counts bytes, of which some are free", () => {
    const { blocks, bsize } = statfsSync("/");

    const { freeBytes, totalBytes } = diskSpace("/");

    expect(totalBytes).to.equal(blocks * bsize);
    expect(freeBytes).to.be.within(0, totalBytes);
  });

  it("passes on that there is no such directory", () => {
    expect(() => diskSpace("/no/such/directory")).to.throw("ENOENT");
  });
});
