import { readdir } from "node:fs/promises";
import { constants } from "node:http2";
import path from "node:path";
import { expect } from "chai";
import { isBuilderError } from "../../src/errors/builder-error.ts";
import { mediaTypes } from "../../src/image/media-type.ts";
import { parseReference } from "../../src/image/reference.ts";
import { Spool } from "../../src/layer/spool.ts";
import type { RegistryClientOptions } from "../../src/registry/create-registry-client.ts";
import type { RegistryClient } from "../../src/registry/registry-client.ts";
import { defaultRegistryOptions } from "../../src/registry/registry-options.ts";
import { makeCertificate } from "../support/certificates.ts";
import { startChunkRegistry } from "../support/chunk-registry.ts";
import { type CuttingProxy, startCuttingProxy } from "../support/cutting-proxy.ts";
import { startDockerRegistry } from "../support/docker-registry.ts";
import { type Http2Fault, startHttp2Front } from "../support/http2-front.ts";
import { documentOf, openTestClient, sourceOf } from "../support/registry-client.ts";
import { createRandom } from "../support/seeded-random.ts";
import { makeTemporaryDirectory } from "../support/temporary-directory.ts";

const largest = 600_000;
const rounds = 150;

/** Connections break at random points. Each seed breaks them at the same points again. */
describe("registry, on a network that breaks connections", function () {
  this.timeout(300_000);

  it("pushes and pulls what it was given, or says that the registry cannot be reached", async () => {
    const random = createRandom(1);
    await using directory = await makeTemporaryDirectory();
    using spool = await Spool.open(directory.path);
    await using registry = await startDockerRegistry();
    await using line = await startCuttingProxy(registry.host, () =>
      random() < 0.3 ? Infinity : Math.floor(random() * largest),
    );
    const outcomes: string[] = [];
    for (let round = 0; round < rounds; round += 1) {
      const work = (client: RegistryClient) =>
        pushAndPull(client, `${line.host}/app:${round}`, spool);
      outcomes.push(await attempt(line, work));
    }

    expect(line.cuts()).to.be.greaterThan(rounds / 2);
    expect(outcomes.filter((outcome) => outcome === "done").length).to.be.greaterThan(rounds / 2);
    expect([...new Set(outcomes)])
      .to.be.an("array")
      .that.satisfies(isSubset);
    expect(await partsIn(directory.path)).to.deep.equal([]);
  });

  it("does so in HTTP/2, where streams are reset as well", async () => {
    const random = createRandom(3);
    await using directory = await makeTemporaryDirectory();
    using spool = await Spool.open(directory.path);
    const tls = await makeCertificate(directory.path, "front");
    await using registry = await startDockerRegistry();
    let faults = 0;
    const faultOf = (): Http2Fault | undefined => {
      const fault = random() < 0.15 ? someFault(random) : undefined;
      if (fault !== undefined) faults += 1;
      return fault;
    };
    await using front = await startHttp2Front({ target: registry.host, tls, only: true, faultOf });
    await using line = await startCuttingProxy(front.host, () =>
      random() < 0.7 ? Infinity : Math.floor(random() * largest),
    );
    const registries = {
      ...defaultRegistryOptions,
      certificates: new Map([[line.host, tls.certificate]]),
    };
    const outcomes: string[] = [];
    for (let round = 0; round < rounds / 2; round += 1) {
      const work = (client: RegistryClient) =>
        pushAndPull(client, `${line.host}/app:${round}`, spool);
      outcomes.push(await attempt(line, work, { registries }));
    }

    expect(line.cuts()).to.be.greaterThan(rounds / 16);
    expect(faults).to.be.greaterThan(rounds / 4);
    expect(outcomes.filter((outcome) => outcome === "done").length).to.be.greaterThan(rounds / 4);
    expect([...new Set(outcomes)])
      .to.be.an("array")
      .that.satisfies(isSubset);
    expect(await partsIn(directory.path)).to.deep.equal([]);
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

const resetCodes = [
  constants.NGHTTP2_NO_ERROR,
  constants.NGHTTP2_CANCEL,
  constants.NGHTTP2_INTERNAL_ERROR,
  constants.NGHTTP2_REFUSED_STREAM,
];

function someFault(random: () => number): Http2Fault {
  const code = resetCodes[Math.floor(random() * resetCodes.length)] ?? 0;
  const fate = Math.floor(random() * 5);
  if (fate === 0) return { kind: "go-away" };
  if (fate === 1) return { kind: "break" };
  if (fate === 2) return { kind: "refuse", code };
  const afterBytes = fate === 3 ? undefined : Math.floor(random() * 1000);
  return { kind: "reset", code, afterBytes, withoutLength: random() < 0.5 };
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
  options: Partial<RegistryClientOptions> = {},
): Promise<string> {
  await using client = await openTestClient([host], { chunkBytes: 100_000, ...options });
  try {
    await work(client);
    return "done";
  } catch (error) {
    if (isBuilderError(error)) return error.code;
    throw error;
  }
}

/** Pushes to `name`, and pulls from there into the spool. */
async function pushAndPull(client: RegistryClient, name: string, spool: Spool): Promise<void> {
  const reference = parseReference(name);
  const source = sourceOf(contentOf(Number(reference.tag)));
  await client.pushBlob(reference, source);
  const manifest = documentOf(mediaTypes.ociIndex, {
    schemaVersion: 2,
    mediaType: mediaTypes.ociIndex,
    manifests: [],
    annotations: { name },
  });
  await client.putManifest(reference, manifest);

  const pulled = await client.fetchManifest(reference);
  const blob = await spool.store(await client.openBlob(reference, source.descriptor));

  expect(pulled.bytes.equals(manifest.bytes)).to.equal(true);
  expect(blob.digest).to.equal(source.descriptor.digest);
}

/** Files of a spool that are no blobs. */
async function partsIn(directory: string): Promise<readonly string[]> {
  const names = await readdir(path.join(directory, "blobs/sha256"));
  return names.filter((name) => !/^[0-9a-f]{64}$/.test(name));
}
