import { existsSync, mkdirSync, statSync, writeFileSync } from "node:fs";
import { expect } from "chai";
import { changeDirectory, keepingTime, makeWritable } from "../../src/rootfs/change-directory.ts";
import { setTimes } from "../../src/rootfs/posix.ts";
import { makeTemporaryDirectory, type TemporaryDirectory } from "../support/temporary-directory.ts";
import { someTime } from "../support/tree.ts";

describe("rootfs/change-directory", () => {
  let place: TemporaryDirectory;
  beforeEach(async () => {
    place = await makeTemporaryDirectory();
  });
  afterEach(async () => place[Symbol.asyncDispose]());

  it("leaves a directory the time that it had", () => {
    setTimes(place.path, someTime);

    keepingTime(place.path, () => writeFileSync(place.join("file"), ""));

    expect(existsSync(place.join("file"))).to.equal(true);
    expect(statSync(place.path).mtimeMs).to.equal(someTime.seconds * 1000);
  });

  it("changes a directory that forbids it, which then forbids it as before", () => {
    mkdirSync(place.join("closed"), { mode: 0o555 });

    changeDirectory(place.join("closed"), () => writeFileSync(place.join("closed/file"), ""));
    makeWritable(place.join("closed"))[Symbol.dispose]();

    expect(existsSync(place.join("closed/file"))).to.equal(true);
    expect(statSync(place.join("closed")).mode & 0o777).to.equal(0o555);
  });
});
