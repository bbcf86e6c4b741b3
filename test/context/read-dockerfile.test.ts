import { mkdir, writeFile } from "node:fs/promises";
import { expect } from "chai";
import { readDockerfile } from "../../src/context/read-dockerfile.ts";
import { errorOf } from "../support/error-of.ts";
import { makeTemporaryDirectory, type TemporaryDirectory } from "../support/temporary-directory.ts";

describe("context/read-dockerfile", () => {
  let directory: TemporaryDirectory;

  before(async () => {
    directory = await makeTemporaryDirectory();
    for (const name of ["working", "context", "lower"]) await mkdir(directory.join(name));
    await writeFile(directory.join("working", "both"), "FROM working\n");
    await writeFile(directory.join("context", "both"), "FROM context\n");
    await writeFile(directory.join("context", "one"), "FROM context\n");
    await writeFile(directory.join("context", "empty"), "");
    await writeFile(directory.join("lower", "dockerfile"), "FROM lower\n");
  });

  after(async () => {
    await directory[Symbol.asyncDispose]();
  });

  function read(name: string, context = "context"): string {
    const places = {
      workingDirectory: directory.join("working"),
      context: directory.join(context),
    };
    return readDockerfile(name, places).bytes.toString();
  }

  it("looks in the working directory first, then in the context", () => {
    expect(read("both")).to.equal("FROM working\n");
    expect(read("one")).to.equal("FROM context\n");
    expect(read(directory.join("context", "both"))).to.equal("FROM context\n");
  });

  it("takes the default name in lower case as well", () => {
    expect(read("Dockerfile", "lower")).to.equal("FROM lower\n");
  });

  it("says where it has looked for what is not there", async () => {
    const error = await errorOf(() => read("absent"));

    expect(error.code).to.equal("DOCKERFILE_NOT_FOUND");
    expect(error.hint)
      .to.include(directory.join("working", "absent"))
      .and.include(directory.join("context", "absent"));
  });

  it("refuses an empty file", async () => {
    expect((await errorOf(() => read("empty"))).message).to.equal("the Dockerfile cannot be empty");
  });
});
