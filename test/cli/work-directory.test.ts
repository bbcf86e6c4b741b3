import { rmSync, statSync, writeFileSync } from "node:fs";
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

    const made = [1, 2].map(() => makeWorkDirectory({ given: parent, ofPipeline: undefined }));

    expect(made.map((directory) => path.dirname(directory))).to.deep.equal([parent, parent]);
    expect(new Set(made).size).to.equal(2);
    expect(statSync(made[0] ?? "").isDirectory()).to.equal(true);
  });

  it("says where it cannot be made, and why", async () => {
    writeFileSync(place.join("file"), "");

    const error = await errorOf(() =>
      makeWorkDirectory({ given: place.join("file/below"), ofPipeline: "/tmp" }),
    );

    expect(error).to.include({ code: "WORK_DIRECTORY_UNWRITABLE", exitCode: 7 });
    expect(error.message).to.include(`${place.join("file/below")}: it is no directory`);
  });

  describe("where none is named", () => {
    const variable = process.env["TMPDIR"];
    afterEach(() => {
      if (variable === undefined) delete process.env["TMPDIR"];
      else process.env["TMPDIR"] = variable;
    });

    it("takes the first that can be written to: that of TMPDIR", () => {
      process.env["TMPDIR"] = place.path;

      expect(path.dirname(makeWorkDirectory({ given: undefined, ofPipeline: undefined }))).to.equal(
        place.path,
      );
    });

    it("else takes /tmp", () => {
      writeFileSync(place.join("file"), "");
      process.env["TMPDIR"] = place.join("file");

      const made = makeWorkDirectory({ given: undefined, ofPipeline: undefined });

      rmSync(made, { recursive: true });
      expect(path.dirname(made)).to.equal("/tmp");
    });
  });
});
