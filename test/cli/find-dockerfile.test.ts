import { mkdir, writeFile } from "node:fs/promises";
import { expect } from "chai";
import { type FoundDockerfile, findDockerfile } from "../../src/cli/find-dockerfile.ts";
import { parseGitOptions } from "../../src/cli/git-options.ts";
import { defaultArchiveLimits } from "../../src/context/archive-limits.ts";
import { errorOf } from "../support/error-of.ts";
import { makeTemporaryDirectory, type TemporaryDirectory } from "../support/temporary-directory.ts";

describe("cli/find-dockerfile", () => {
  let directory: TemporaryDirectory;

  before(async () => {
    directory = await makeTemporaryDirectory();
    await mkdir(directory.join("sub"));
    await writeFile(directory.join("sub", "Image.file"), "FROM scratch\n");
    await writeFile(directory.join("sub", "foreign"), "# syntax=example.com/other\nx\n");
  });

  after(async () => {
    await directory[Symbol.asyncDispose]();
  });

  function find(dockerfile: string, sources = new Map<string, string>()): FoundDockerfile {
    const context = {
      location: directory.path,
      subPath: "",
      limits: defaultArchiveLimits,
      git: parseGitOptions("--git", []),
    };
    return findDockerfile(
      { dockerfile, context, workspace: undefined, buildArgs: new Map() },
      { sources },
    );
  }

  it("calls the file by the last part of its name, and keeps its text", () => {
    const sources = new Map<string, string>();
    const { bytes, file, path } = find("sub/Image.file", sources);

    expect(file).to.equal("Image.file");
    expect(path).to.equal(directory.join("sub", "Image.file"));
    expect(bytes.toString()).to.equal("FROM scratch\n");
    expect([...sources]).to.deep.equal([["Image.file", "FROM scratch\n"]]);
  });

  it("keeps the text also of a file that it refuses", async () => {
    const sources = new Map<string, string>();
    const error = await errorOf(() => find("sub/foreign", sources));

    expect(error.code).to.equal("DOCKERFILE_UNSUPPORTED");
    expect(sources.has("foreign")).to.equal(true);
  });
});
