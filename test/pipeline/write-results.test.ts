import { readdir, readFile } from "node:fs/promises";
import { expect } from "chai";
import { digestOf } from "../../src/image/digest.ts";
import { parseReference } from "../../src/image/reference.ts";
import { type PushedImage, type ResultName, resultTexts } from "../../src/pipeline/results.ts";
import { resultLimitBytes, writeResults } from "../../src/pipeline/write-results.ts";
import { makeTemporaryDirectory, type TemporaryDirectory } from "../support/temporary-directory.ts";

const digest = digestOf("manifest");
const pushed: PushedImage = { digest, destinations: [parseReference("r.example/app:1")] };
const toMany: PushedImage = {
  digest,
  destinations: Array.from({ length: 40 }, (_, at) => parseReference(`r.example/app${at}:1`)),
};
const all: readonly ResultName[] = ["image-digest", "image-url", "images", "base-image"];

describe("pipeline/write-results", () => {
  let directory: TemporaryDirectory;

  beforeEach(async () => {
    directory = await makeTemporaryDirectory();
  });

  afterEach(() => directory[Symbol.asyncDispose]());

  const files = (): ReadonlyMap<ResultName, string> =>
    new Map(all.map((name) => [name, directory.join("results", name)]));
  const textOf = (name: string): Promise<string> =>
    readFile(directory.join("results", name), "utf8");

  it("writes what registries have, without a newline, and no base where there is none", async () => {
    const places = { files: files(), isLimited: true, workspace: undefined };

    expect(await writeResults(places, pushed)).to.deep.equal([]);

    expect(await textOf("image-digest")).to.equal(digest);
    expect(await textOf("image-url")).to.equal("r.example/app:1");
    expect(await textOf("images")).to.equal(`r.example/app@${digest}`);
    expect((await readdir(directory.join("results"))).toSorted()).to.deep.equal([
      "image-digest",
      "image-url",
      "images",
    ]);
  });

  it("writes empty results when nothing was pushed", async () => {
    await writeResults({ files: files(), isLimited: true, workspace: undefined }, undefined);

    expect(await textOf("image-digest")).to.equal("");
    expect(await textOf("images")).to.equal("");
  });

  it("writes what is too long for a pipeline to the workspace, and names the file", async () => {
    const places = { files: files(), isLimited: true, workspace: directory.join("workspace") };

    const warnings = await writeResults(places, toMany);

    const file = directory.join("workspace", "slipway-images.txt");
    expect(await textOf("images")).to.equal(file);
    expect(await readFile(file, "utf8")).to.equal(resultTexts(toMany).images);
    expect(await textOf("image-digest")).to.equal(digest);
    expect(warnings.join()).to.match(/^the result images of \d+ bytes is too long .*: it is in /);
    expect(resultTexts(toMany).images.length).to.be.above(resultLimitBytes);
  });

  it("leaves out what is too long where there is nowhere to write it", async () => {
    const nowhere = await writeResults(
      { files: files(), isLimited: true, workspace: undefined },
      toMany,
    );
    const refused = await writeResults(
      { files: files(), isLimited: true, workspace: "/dev/null/nowhere" },
      toMany,
    );

    expect(await textOf("images")).to.equal("");
    expect(nowhere.join()).to.include("there is no workspace to write it to");
    expect(refused.join()).to.include("/dev/null/nowhere");
  });

  it("has no limit outside of pipelines", async () => {
    await writeResults({ files: files(), isLimited: false, workspace: undefined }, toMany);

    expect(await textOf("images")).to.equal(resultTexts(toMany).images);
  });
});
