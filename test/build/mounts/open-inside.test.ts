import { mkdirSync, readFileSync, renameSync, symlinkSync, writeFileSync } from "node:fs";
import { expect } from "chai";
import { openInside } from "../../../src/build/mounts/open-inside.ts";
import { errorFrom } from "../../support/error-from.ts";
import {
  makeTemporaryDirectory,
  type TemporaryDirectory,
} from "../../support/temporary-directory.ts";

describe("build/mounts/open-inside", () => {
  let place: TemporaryDirectory;

  beforeEach(async () => {
    place = await makeTemporaryDirectory();
    mkdirSync(place.join("cache/part"), { recursive: true });
    writeFileSync(place.join("cache/part/file"), "inside");
    writeFileSync(place.join("file"), "outside");
  });

  afterEach(async () => place[Symbol.asyncDispose]());

  const read = (path: string): string => {
    using inside = openInside(place.join("cache"), path);
    return readFileSync(inside.path, "utf8");
  };

  it("opens what is there, by links too", () => {
    symlinkSync("/part/file", place.join("cache/absolute"));
    symlinkSync("part", place.join("cache/relative"));

    expect(read("/part/file")).to.equal("inside");
    expect(read("/absolute")).to.equal("inside");
    expect(read("/relative/file")).to.equal("inside");
  });

  it("never leads out", () => {
    symlinkSync("../file", place.join("cache/up"));
    symlinkSync(place.join("file"), place.join("cache/away"));

    for (const path of ["/up", "/away", "/../file"]) {
      const error = errorFrom(() => read(path));
      expect(error.code).to.equal("CONTEXT_SOURCE_NOT_FOUND");
    }
  });

  it("leads to what was opened, whatever takes its name afterwards", () => {
    using inside = openInside(place.join("cache"), "/part");
    renameSync(place.join("cache/part"), place.join("cache/old"));
    symlinkSync("..", place.join("cache/part"));

    expect(readFileSync(`${inside.path}/file`, "utf8")).to.equal("inside");
  });

  it("says what is missing", () => {
    const error = errorFrom(() => read("/part/none"));

    expect(error.message).to.equal('"/part/none": not found in the cache');
  });
});
