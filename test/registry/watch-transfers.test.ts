import { buffer } from "node:stream/consumers";
import { expect } from "chai";
import { parseReference } from "../../src/image/reference.ts";
import { type Logger, silentLogger } from "../../src/log/logger.ts";
import type { RegistryClient } from "../../src/registry/registry-client.ts";
import { watchTransfers } from "../../src/registry/watch-transfers.ts";
import { type DockerRegistry, startDockerRegistry } from "../support/docker-registry.ts";
import { errorOf } from "../support/error-of.ts";
import { openTestClient, sourceOf } from "../support/registry-client.ts";

describe("registry/watch-transfers", () => {
  const large = sourceOf("x".repeat(3 << 20));
  const small = sourceOf("small");
  let registry: DockerRegistry;
  let client: RegistryClient;
  let watched: RegistryClient;
  let lines: Record<string, unknown>[];

  before(async () => {
    registry = await startDockerRegistry();
    client = await openTestClient([registry.host]);
  });

  after(async () => {
    await client[Symbol.asyncDispose]();
    await registry[Symbol.asyncDispose]();
  });

  beforeEach(() => {
    lines = [];
    const log: Logger = {
      ...silentLogger,
      info: (message, fields) => void lines.push({ message, ...fields }),
    };
    let milliseconds = 0;
    // Each look at the clock takes eleven seconds.
    watched = watchTransfers(client, log, () => (milliseconds += 11_000));
  });

  const repository = () => parseReference(`${registry.host}/app`);

  it("says how far large blobs have got, on both ways", async () => {
    await watched.pushBlob(repository(), large);
    const stream = await watched.openBlob(repository(), large.descriptor);

    expect((await buffer(stream)).length).to.equal(3 << 20);
    const what = `${large.descriptor.digest.slice(0, 19)} of ${registry.host}/app`;
    expect(lines[0]).to.include({ message: "still sending", what, of: "3 MiB" });
    expect(lines.at(-1)).to.include({ message: "still fetching", what, of: "3 MiB" });
  });

  it("says nothing of small ones", async () => {
    await watched.pushBlob(repository(), small);
    await buffer(await watched.openBlob(repository(), small.descriptor));

    expect(lines).to.deep.equal([]);
  });

  it("passes on what fails", async () => {
    const failing = { ...large, open: () => Promise.reject(new Error("gone")) };
    const absent = { ...large.descriptor, size: large.descriptor.size + 1 };

    const pushed = await errorOf(watched.pushBlob(parseReference(`${registry.host}/b`), failing));
    const pulled = await errorOf(async () => buffer(await watched.openBlob(repository(), absent)));

    expect(pushed.message).to.include("gone");
    expect(pulled.message).to.include("bytes in the registry");
  });
});
