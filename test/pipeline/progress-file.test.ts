import { readFile } from "node:fs/promises";
import { expect } from "chai";
import { progressFile } from "../../src/pipeline/progress-file.ts";
import { makeTemporaryDirectory } from "../support/temporary-directory.ts";

describe("pipeline/progress-file", () => {
  it("holds N/M, and nothing else", async () => {
    await using directory = await makeTemporaryDirectory();
    const report = progressFile(directory.join("progress"));

    report(0, 7);
    report(3, 12);

    expect(await readFile(directory.join("progress"), "utf8")).to.equal("3/12");
  });

  it("does not mind a file that cannot be written", () => {
    expect(() => progressFile("/dev/null/progress")(1, 2)).not.to.throw();
  });
});
