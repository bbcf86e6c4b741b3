import { resolve } from "node:path";
import { expect } from "chai";
import { parseResultFiles } from "../../src/cli/result-files.ts";
import { errorOf } from "../support/error-of.ts";

describe("cli/result-files", () => {
  it("has a file for each result that is named", () => {
    const files = parseResultFiles("--result", ["image-digest=/tekton/results/D", "images=i=1"]);

    expect([...files]).to.deep.equal([
      ["image-digest", "/tekton/results/D"],
      ["images", resolve("i=1")],
    ]);
  });

  it("leaves out a result without a file", () => {
    expect(parseResultFiles("--result", ["image-url="]).size).to.equal(0);
  });

  it("knows its results", async () => {
    const error = await errorOf(() => parseResultFiles("--result", ["IMAGE_DIGEST=/d"]));

    expect(error.code).to.equal("USAGE_INVALID_VALUE");
    expect(error.hint).to.include("image-digest, image-url, image-ref, image-tag, images");
  });
});
