import { readdir, readFile, rm, stat, utimes, writeFile } from "node:fs/promises";
import { buffer } from "node:stream/consumers";
import { expect } from "chai";
import { parseReference } from "../../src/image/reference.ts";
import type { Logger } from "../../src/log/logger.ts";
import { silentLogger } from "../../src/log/logger.ts";
import { keepBlobs } from "../../src/registry/kept-blobs.ts";
import type { RegistryClient } from "../../src/registry/registry-client.ts";
import { type DockerRegistry, startDockerRegistry } from "../support/docker-registry.ts";
import { errorOf } from "../support/error-of.ts";
import { openTestClient, sourceOf } from "../support/registry-client.ts";
import { makeTemporaryDirectory, type TemporaryDirectory } from "../support/temporary-directory.ts";

describe("registry/kept-blobs", () => {
  const source = sourceOf("a layer of a base image");
  const { descriptor } = source;
  let registry: DockerRegistry;
  let client: RegistryClient;
  let directory: TemporaryDirectory;
  const warnings: string[] = [];
  const log: Logger = { ...silentLogger, warn: (message) => void warnings.push(message) };

  before(async () => {
    registry = await startDockerRegistry();
    client = await openTestClient([registry.host]);
    await client.pushBlob(parseReference(`${registry.host}/base`), source);
  });

  after(async () => {
    await client[Symbol.asyncDispose]();
    await registry[Symbol.asyncDispose]();
  });

  beforeEach(async () => {
    warnings.length = 0;
    directory = await makeTemporaryDirectory();
  });

  afterEach(() => directory[Symbol.asyncDispose]());

  async function read(kept: string, repository = "base"): Promise<string> {
    const reference = parseReference(`${registry.host}/${repository}`);
    const stream = await keepBlobs(client, kept, log).openBlob(reference, descriptor);
    return (await buffer(stream)).toString();
  }

  const fileOf = (): string =>
    directory.join("blobs", "sha256", descriptor.digest.slice("sha256:".length));

  it("asks the registry once", async () => {
    expect(await read(directory.path)).to.equal("a layer of a base image");

    // No such repository: only the directory can have it.
    expect(await read(directory.path, "nowhere")).to.equal("a layer of a base image");
    expect(await readdir(directory.join("blobs", "sha256"))).to.have.length(1);
  });

  it("notes when a blob was used for the last time", async () => {
    await read(directory.path);
    const long = new Date("2020-01-01T00:00:00Z");
    await utimes(fileOf(), long, long);

    await read(directory.path);

    expect((await stat(fileOf())).mtimeMs).to.be.greaterThan(long.getTime());
  });

  it("reads a blob to its end that is removed meanwhile", async () => {
    await read(directory.path);
    const reference = parseReference(`${registry.host}/base`);
    const stream = await keepBlobs(client, directory.path, log).openBlob(reference, descriptor);

    await rm(fileOf());

    expect((await buffer(stream)).toString()).to.equal("a layer of a base image");
  });

  it("fetches again what is damaged", async () => {
    await read(directory.path);
    await writeFile(fileOf(), "a layer of a base imagE");

    expect(await read(directory.path)).to.equal("a layer of a base image");
    expect(await readFile(fileOf(), "utf8")).to.equal("a layer of a base image");
    expect(warnings).to.deep.equal(["a kept blob is damaged and is fetched again"]);
  });

  it("does without a directory that cannot be written to", async () => {
    await writeFile(directory.join("file"), "");

    expect(await read(directory.join("file"))).to.equal("a layer of a base image");
    expect(warnings).to.deep.equal(["a blob cannot be kept"]);
  });

  it("keeps nothing that the registry does not have", async () => {
    const error = await errorOf(read(directory.path, "nowhere"));

    expect(error.code).to.equal("REGISTRY_NOT_FOUND");
    expect(await readdir(directory.join("blobs", "sha256"))).to.deep.equal([]);
  });
});
