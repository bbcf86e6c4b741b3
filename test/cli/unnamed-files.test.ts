import { fstatSync, readSync, writeSync } from "node:fs";
import { readdir } from "node:fs/promises";
import { expect } from "chai";
import { UnnamedFiles } from "../../src/cli/unnamed-files.ts";
import { makeTemporaryDirectory } from "../support/temporary-directory.ts";

describe("cli/unnamed-files", () => {
  it("gives files that can be written and read, and have no name", async () => {
    await using directory = await makeTemporaryDirectory();
    using files = new UnnamedFiles({ given: directory.path, ofPipeline: undefined });

    const [first, second] = [files.open(), files.open()];
    writeSync(first, "first");
    writeSync(second, "second");

    const text = Buffer.alloc(5);
    readSync(first, text, 0, text.length, 0);
    expect(text.toString()).to.equal("first");
    expect(fstatSync(second)).to.include({ nlink: 0, size: 6 });
    expect(await readdir(directory.path)).to.deep.equal([]);
  });

  it("closes them", async () => {
    await using directory = await makeTemporaryDirectory();
    const files = new UnnamedFiles({ given: directory.path, ofPipeline: undefined });
    const descriptor = files.open();

    files[Symbol.dispose]();

    expect(() => fstatSync(descriptor)).to.throw("EBADF");
  });
});
