import { expect } from "chai";
import { isBuilderError } from "../../src/errors/builder-error.ts";
import { mediaTypes } from "../../src/image/media-type.ts";
import { parseReference } from "../../src/image/reference.ts";
import type { RegistryClient } from "../../src/registry/registry-client.ts";
import { startChunkRegistry } from "../support/chunk-registry.ts";
import { type CuttingProxy, startCuttingProxy } from "../support/cutting-proxy.ts";
import { startDockerRegistry } from "../support/docker-registry.ts";
import { documentOf, openTestClient, readBlob, sourceOf } from "../support/registry-client.ts";
import { createRandom } from "../support/seeded-random.ts";

const largest = 600_000;
const rounds = 150;

/** Connections break at random points. Each seed breaks them at the same points again. */
describe("registry, on a network that breaks connections", function () {
  this.timeout(120_000);

  it("pushes and pulls what it was given, or says that the registry cannot be reached", async () => {
    const random = createRandom(1);
    await using registry = await startDockerRegistry();
    await using line = await startCuttingProxy(registry.host, () =>
      random() < 0.3 ? Infinity : Math.floor(random() * largest),
    );
    const outcomes: string[] = [];
    for (let round = 0; round < rounds; round += 1) {
      outcomes.push(await attempt(line, (client) => pushAndPull(client, line.host, round)));
    }

    expect(line.cuts()).to.be.greaterThan(rounds / 2);
    expect(outcomes.filter((outcome) => outcome === "done").length).to.be.greaterThan(rounds / 2);
    expect([...new Set(outcomes)])
      .to.be.an("array")
      .that.satisfies(isSubset);
  });

  it("leaves no upload session where the registry lets it end one", async () => {
    const random = createRandom(2);
    await using registry = await startChunkRegistry();
    await using line = await startCuttingProxy(registry.host, () => Math.floor(random() * largest));
    const outcomes: string[] = [];
    for (let round = 0; round < rounds; round += 1) {
      const push = async (client: RegistryClient): Promise<void> => {
        const source = sourceOf(contentOf(round));
        await client.pushBlob(parseReference(`${line.host}/app`), source);
        expect(registry.blobs.has(source.descriptor.digest)).to.equal(true);
      };
      outcomes.push(await attempt(line, push));
    }

    expect([...new Set(outcomes)])
      .to.be.an("array")
      .that.satisfies(isSubset);
    expect(registry.openSessions()).to.equal(0);
  });
});

function isSubset(outcomes: readonly string[]): boolean {
  return outcomes.every((each) => ["REGISTRY_UNREACHABLE", "done"].includes(each));
}

function contentOf(round: number): Buffer {
  const random = createRandom(1000 + round);
  const words = Uint32Array.from({ length: Math.floor((random() * largest) / 4) + 1 }, () =>
    Math.floor(random() * 2 ** 32),
  );
  return Buffer.from(words.buffer);
}

/** What becomes of `work` with a client of its own: the code of its error, or that it is done. */
async function attempt(
  { host }: CuttingProxy,
  work: (client: RegistryClient) => Promise<void>,
): Promise<string> {
  await using client = await openTestClient([host], { chunkBytes: 100_000 });
  try {
    await work(client);
    return "done";
  } catch (error) {
    if (isBuilderError(error)) return error.code;
    throw error;
  }
}

async function pushAndPull(client: RegistryClient, host: string, round: number): Promise<void> {
  const content = contentOf(round);
  const source = sourceOf(content);
  const reference = parseReference(`${host}/app:${round}`);
  await client.pushBlob(reference, source);
  const manifest = documentOf(mediaTypes.ociIndex, {
    schemaVersion: 2,
    mediaType: mediaTypes.ociIndex,
    manifests: [],
    annotations: { round: String(round) },
  });
  await client.putManifest(reference, manifest);

  const pulled = await client.fetchManifest(reference);
  const blob = await readBlob(client, reference, source.descriptor);

  expect(pulled.bytes.equals(manifest.bytes)).to.equal(true);
  expect(blob === content.toString()).to.equal(true);
}
