import { lstatSync, symlinkSync, writeFileSync } from "node:fs";
import { expect } from "chai";
import { FileLock } from "../../src/rootfs/file-lock.ts";
import { errorFrom } from "../support/error-from.ts";
import { makeTemporaryDirectory, type TemporaryDirectory } from "../support/temporary-directory.ts";

describe("rootfs/file-lock", () => {
  let place: TemporaryDirectory;

  beforeEach(async () => {
    place = await makeTemporaryDirectory();
  });
  afterEach(() => place[Symbol.asyncDispose]());

  const open = (): FileLock => new FileLock(place.join("lock"));

  it("makes the file, and locks it for all who share or for one", () => {
    const [one, other] = [open(), open()];

    expect([one.try("shared"), other.try("shared")]).to.deep.equal([true, true]);
    expect(one.try("exclusive")).to.equal(false);
    other[Symbol.dispose]();
    expect(one.try("exclusive")).to.equal(true);

    using third = open();
    expect([third.try("shared"), third.try("exclusive")]).to.deep.equal([false, false]);
    expect(one.try("shared")).to.equal(true);
    expect(third.try("shared")).to.equal(true);
    one[Symbol.dispose]();
    expect(lstatSync(place.join("lock")).size).to.equal(0);
  });

  it("waits until it has the file alone, one after the other", async () => {
    const { signal } = new AbortController();
    const first = open();
    first.try("exclusive");
    const order: string[] = [];
    const waiting = ["a", "b"].map(async (name) => {
      using lock = open();
      await lock.waitFor(signal);
      order.push(name);
      await new Promise(setImmediate);
      order.push(name);
    });
    order.push("first");
    first[Symbol.dispose]();

    await Promise.all(waiting);

    expect(order[0]).to.equal("first");
    expect(order[1]).to.equal(order[2]);
    expect(order[3]).to.equal(order[4]);
  });

  it("refuses a link, and a place where no file can be", () => {
    writeFileSync(place.join("file"), "");
    symlinkSync("file", place.join("lock"));

    expect(errorFrom(open).code).to.equal("FILESYSTEM_FAILED");
    expect(errorFrom(() => new FileLock(place.join("file/lock"))).code).to.equal(
      "FILESYSTEM_FAILED",
    );
  });
});
