import { statSync, writeFileSync } from "node:fs";
import path from "node:path";
import { expect } from "chai";
import { makeWorkDirectory } from "../../src/cli/work-directory.ts";
import { errorOf } from "../support/error-of.ts";
import { makeTemporaryDirectory, type TemporaryDirectory } from "../support/temporary-directory.ts";

describe("cli/work-directory", () => {
  let place: TemporaryDirectory;
  beforeEach(async () => {
    place = await makeTemporaryDirectory();
  });
  afterEach(async () => place[Symbol.asyncDispose]());

  it("makes a directory of the build's own, and its parents", () => {
    const parent = place.join("some/where");

    const made = [makeWorkDirectory(parent), makeWorkDirectory(parent)];

    expect(made.map((directory) => path.dirname(directory))).to.deep.equal([parent, parent]);
    expect(new Set(made).size).to.equal(2);
    expect(statSync(made[0] ?? "").isDirectory()).to.equal(true);
  });

  it("says where it cannot be made", async () => {
    writeFileSync(place.join("file"), "");

    const error = await errorOf(() => makeWorkDirectory(place.join("file/below")));

    expect(error.message).to.include(place.join("file/below"));
    expect(error.code).to.equal("FILESYSTEM_FAILED");
  });
});
