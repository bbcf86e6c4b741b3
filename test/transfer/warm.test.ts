import { readdir, writeFile } from "node:fs/promises";
import { expect } from "chai";
import { hexOf } from "../../src/image/digest.ts";
import { parseReference } from "../../src/image/reference.ts";
import { type Logger, silentLogger } from "../../src/log/logger.ts";
import type { RegistryClient } from "../../src/registry/registry-client.ts";
import { warm } from "../../src/transfer/warm.ts";
import { type DockerRegistry, startDockerRegistry } from "../support/docker-registry.ts";
import { errorOf } from "../support/error-of.ts";
import { openTestClient, pushTestImage, sourceOf } from "../support/registry-client.ts";
import { makeTemporaryDirectory, type TemporaryDirectory } from "../support/temporary-directory.ts";

const platform = { os: "linux", architecture: "amd64" };

describe("transfer/warm", () => {
  let registry: DockerRegistry;
  let client: RegistryClient;
  let directory: TemporaryDirectory;
  const said: unknown[] = [];
  const log: Logger = { ...silentLogger, info: (_message, fields) => void said.push(fields) };

  before(async () => {
    registry = await startDockerRegistry();
    client = await openTestClient([registry.host]);
    await pushTestImage(client, `${registry.host}/base:1`, { layers: ["common", "one"] });
    await pushTestImage(client, `${registry.host}/base:2`, { layers: ["common", "two"] });
  });

  after(async () => {
    await client[Symbol.asyncDispose]();
    await registry[Symbol.asyncDispose]();
  });

  beforeEach(async () => {
    said.length = 0;
    directory = await makeTemporaryDirectory();
  });

  afterEach(() => directory[Symbol.asyncDispose]());

  function keep(names: readonly string[], force = false): Promise<void> {
    const images = names.map((name) => ({
      reference: parseReference(`${registry.host}/${name}`),
      platform,
    }));
    const { signal } = new AbortController();
    return warm({ images, directory: directory.path, force }, { client, log, signal });
  }

  const kept = (): Promise<string[]> => readdir(directory.join("blobs/sha256"));
  const fetched = (): unknown[] => said.map((fields) => (fields as { fetched: number }).fetched);

  it("fetches configurations and layers, each once", async () => {
    await keep(["base:1", "base:1", "base:2"]);

    expect(await kept()).to.have.lengthOf(5);
    expect(fetched()).to.deep.equal([3, 2]);
  });

  it("fetches again what is damaged, or all of it where that is asked for", async () => {
    await keep(["base:1"]);
    const { digest } = sourceOf("one").descriptor;
    await writeFile(directory.join("blobs/sha256", hexOf(digest)), "onE");

    await keep(["base:1"]);
    await keep(["base:1"]);
    await keep(["base:1"], true);

    expect(fetched()).to.deep.equal([3, 1, 0, 3]);
  });

  it("fetches the others where one cannot be had, and then fails", async () => {
    const error = await errorOf(keep(["missing:1", "base:2"]));

    expect(error.code).to.equal("REGISTRY_NOT_FOUND");
    expect(await kept()).to.have.lengthOf(3);
  });

  it("fails where it cannot write", async () => {
    await writeFile(directory.join("blobs"), "");

    expect((await errorOf(keep(["base:1"]))).code).to.equal("FILESYSTEM_FAILED");
  });
});
