import { closeSync, openSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import { expect } from "chai";
import { readDescriptor } from "../../src/support/read-descriptor.ts";
import { makeTemporaryDirectory, type TemporaryDirectory } from "./temporary-directory.ts";

describe("support/read-descriptor", () => {
  const content = Buffer.alloc(600_000, "0123456789");
  let directory: TemporaryDirectory;
  let descriptor: number;

  before(async () => {
    directory = await makeTemporaryDirectory();
    await writeFile(directory.join("file"), content);
    descriptor = openSync(directory.join("file"), "r");
  });

  after(async () => {
    closeSync(descriptor);
    await directory[Symbol.asyncDispose]();
  });

  async function bytesOf(range?: { readonly start?: number; readonly end?: number }) {
    return Buffer.concat(await Array.fromAsync(readDescriptor(descriptor, range)));
  }

  for (const range of [
    undefined,
    { start: 599_990 },
    { end: 3 },
    { start: 262_140, end: 262_150 },
    { start: 5, end: 5 },
    { start: 599_999, end: 700_000 },
  ]) {
    it(`reads ${range === undefined ? "all" : JSON.stringify(range)}`, async () => {
      const expected = content.subarray(range?.start, range?.end);

      expect((await bytesOf(range)).equals(expected)).to.equal(true);
    });
  }

  it("reads again where reading was given up", async () => {
    for await (const _ of readDescriptor(descriptor)) break;

    expect((await bytesOf()).equals(content)).to.equal(true);
  });
});
