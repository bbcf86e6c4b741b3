import { expect } from "chai";
import { malformed } from "../../src/errors/image-error.ts";
import type { Descriptor } from "../../src/image/descriptor.ts";
import type { Digest } from "../../src/image/digest.ts";
import { mediaTypes } from "../../src/image/media-type.ts";
import { parseReference } from "../../src/image/reference.ts";
import { silentLogger } from "../../src/log/logger.ts";
import { registrySource } from "../../src/registry/pull.ts";
import type { RegistryClient, RemoteManifest } from "../../src/registry/registry-client.ts";
import { type CopiedImage, copyImage } from "../../src/transfer/copy-image.ts";
import { type DockerRegistry, startDockerRegistry } from "../support/docker-registry.ts";
import { errorOf } from "../support/error-of.ts";
import { startFaultProxy } from "../support/fault-proxy.ts";
import {
  documentOf,
  openTestClient,
  pushTestImage,
  readBlob,
  sourceOf,
} from "../support/registry-client.ts";
import { tagsOf } from "../support/registry-queries.ts";

const arm64 = { os: "linux", architecture: "arm64" };

describe("transfer/copy-image", function () {
  this.timeout(30_000);
  let here: DockerRegistry;
  let elsewhere: DockerRegistry;
  let client: RegistryClient;
  let image: RemoteManifest;
  let other: RemoteManifest;
  let attestation: RemoteManifest;
  let index: RemoteManifest;

  before(async () => {
    here = await startDockerRegistry();
    elsewhere = await startDockerRegistry();
    client = await openTestClient([here.host, elsewhere.host]);
    image = await pushTestImage(client, at("app:amd64"), { layers: ["common", "amd64"] });
    other = await pushTestImage(client, at("app:arm64"), { layers: ["common"], platform: arm64 });
    attestation = await pushAttestation();
    const inner = await pushIndex("inner", [{ ...other.descriptor, platform: arm64 }]);
    index = await pushIndex("1", [
      { ...image.descriptor, platform: { os: "linux", architecture: "amd64" } },
      inner.descriptor,
      { ...attestation.descriptor, platform: { os: "unknown", architecture: "unknown" } },
    ]);
  });

  after(async () => {
    await client[Symbol.asyncDispose]();
    await elsewhere[Symbol.asyncDispose]();
    await here[Symbol.asyncDispose]();
  });

  const at = (name: string): string => `${here.host}/${name}`;

  /** A manifest that is made like an image, and whose configuration is none. */
  async function pushAttestation(): Promise<RemoteManifest> {
    const config = sourceOf("{}", "application/vnd.oci.empty.v1+json");
    const statement = sourceOf("statement", "application/vnd.in-toto+json");
    const repository = parseReference(at("app"));
    for (const source of [config, statement]) await client.pushBlob(repository, source);
    const manifest = documentOf(mediaTypes.ociManifest, {
      schemaVersion: 2,
      mediaType: mediaTypes.ociManifest,
      artifactType: "application/vnd.example",
      config: config.descriptor,
      layers: [statement.descriptor],
    });
    await client.putManifest(parseReference(at("app:attestation")), manifest);
    return manifest;
  }

  async function pushIndex(tag: string, manifests: readonly object[]): Promise<RemoteManifest> {
    const document = indexOf(manifests);
    await client.putManifest(parseReference(at(`app:${tag}`)), document);
    return document;
  }

  function copy(
    name: string,
    destinations: readonly string[],
    platform?: typeof arm64,
  ): Promise<CopiedImage> {
    const request = {
      source: registrySource(client, { reference: parseReference(name) }),
      destinations: destinations.map(parseReference),
      platform,
    };
    return copyImage(request, {
      client,
      log: silentLogger,
      signal: new AbortController().signal,
    });
  }

  async function digestAt(name: string): Promise<Digest> {
    return (await client.fetchManifest(parseReference(name))).descriptor.digest;
  }

  async function layersAt(host: string, path: string, digest: Digest): Promise<readonly string[]> {
    const reference = { registry: host, path, digest };
    const { bytes } = await client.fetchManifest(reference);
    const { layers } = JSON.parse(bytes.toString()) as {
      layers: RemoteManifest["descriptor"][];
    };
    return Promise.all(layers.map((layer) => readBlob(client, reference, layer)));
  }

  it("brings an index with everything below it to other registries and repositories", async () => {
    const copied = await copy(at("app:1"), [at("copy:1"), `${elsewhere.host}/copy:1`]);

    expect(copied).to.deep.equal({
      digest: index.descriptor.digest,
      manifests: [image, other].map(({ descriptor }) => descriptor.digest),
    });
    for (const host of [here.host, elsewhere.host]) {
      expect(await digestAt(`${host}/copy:1`)).to.equal(index.descriptor.digest);
      expect(await layersAt(host, "copy", image.descriptor.digest)).to.have.members([
        "common",
        "amd64",
      ]);
      expect(await layersAt(host, "copy", other.descriptor.digest)).to.deep.equal(["common"]);
      expect(await layersAt(host, "copy", attestation.descriptor.digest)).to.deep.equal([
        "statement",
      ]);
      expect(await tagsOf(host, "copy")).to.deep.equal(["1"]);
    }
    const mounted = here
      .log()
      .match(/POST.*\/v2\/copy\/blobs\/uploads\/\?mount=\S*from=app.*status=201/g);
    expect(mounted, "two layers, three configurations and a statement").to.have.lengthOf(6);
    expect(here.log()).to.not.match(/=PUT .*\/v2\/copy\/blobs\//);
  });

  it("brings along what an index lists beside manifests, and warns of what is nowhere", async () => {
    const blob = sourceOf("cache", "application/vnd.example");
    await client.pushBlob(parseReference(at("app")), blob);
    const nowhere = sourceOf("nowhere", "application/vnd.example").descriptor;
    const source = {
      name: "a layout",
      manifest: () => Promise.resolve(indexOf([blob.descriptor, nowhere])),
      openBlob: (descriptor: Descriptor) => client.openBlob(parseReference(at("app")), descriptor),
    };
    const warnings: unknown[] = [];
    const log = { ...silentLogger, warn: (_: string, facts?: object) => void warnings.push(facts) };
    const destinations = [parseReference(`${here.host}/cache:1`)];
    const { signal } = new AbortController();

    const copied = copyImage(
      { source, destinations, platform: undefined },
      { client, log, signal },
    );

    // The registry refuses an index of what it does not have.
    expect((await errorOf(copied)).code).to.equal("REGISTRY_REJECTED");
    expect(warnings).to.have.lengthOf(1).and.nested.property("[0].digest", nowhere.digest);
    expect(await readBlob(client, parseReference(`${here.host}/cache`), blob.descriptor)).to.equal(
      "cache",
    );
  });

  it("copies an index of a build cache, which lists layers", async () => {
    const layer = sourceOf("cache", mediaTypes.ociLayerZstd);
    await client.pushBlob(parseReference(at("app")), layer);
    const cache = await pushIndex("cache", [layer.descriptor]);

    await copy(at("app:cache"), [`${elsewhere.host}/cache:1`]);

    expect(await digestAt(`${elsewhere.host}/cache:1`)).to.equal(cache.descriptor.digest);
  });

  it("gives what is in the repository another tag, and sends no blob for that", async () => {
    const uploads = (): number => here.log().match(/=PUT .*\/v2\/app\/blobs\//g)?.length ?? 0;
    const before = uploads();

    await copy(at("app:1"), [at("app:stable")]);

    expect(await digestAt(`${here.host}/app:stable`)).to.equal(index.descriptor.digest);
    expect(before).to.be.greaterThan(0);
    expect(uploads()).to.equal(before);
  });

  it("sends nothing that is there already", async () => {
    await copy(at("app:amd64"), [`${elsewhere.host}/twice:1`]);
    const uploads = (): number => elsewhere.log().match(/=PUT .*\/blobs\//g)?.length ?? 0;
    const before = uploads();

    await copy(at("app:amd64"), [`${elsewhere.host}/twice:2`]);

    expect(await tagsOf(elsewhere.host, "twice")).to.have.members(["1", "2"]);
    expect(before).to.be.greaterThan(0);
    expect(uploads()).to.equal(before);
  });

  it("copies the image of one platform, also out of an index in an index", async () => {
    const copied = await copy(at("app:1"), [`${elsewhere.host}/one:1`], arm64);

    expect(copied).to.deep.equal({ digest: other.descriptor.digest, manifests: [] });
    expect(await digestAt(`${elsewhere.host}/one:1`)).to.equal(other.descriptor.digest);
  });

  it("brings the others what one registry does not take", async () => {
    await using closed = await startDockerRegistry({ readOnly: true });
    await using own = await openTestClient([here.host, closed.host, elsewhere.host], {
      retry: { attempts: 1, baseDelayMs: 1, longestDelayMs: 1 },
    });
    const source = registrySource(own, { reference: parseReference(at("app:1")) });
    const names = [`${closed.host}/half:1`, `${elsewhere.host}/half:1`];
    const request = { source, destinations: names.map(parseReference), platform: undefined };
    const { signal } = new AbortController();

    const error = await errorOf(copyImage(request, { client: own, log: silentLogger, signal }));

    expect(error.message).to.include(`1 of 2 destinations failed: ${closed.host}`);
    expect(error.hint).to.include(`${elsewhere.host}/half:1 got`);
    expect(await digestAt(`${elsewhere.host}/half:1`)).to.equal(index.descriptor.digest);
  });

  it("brings another repository of a registry what the first one does not take", async () => {
    await using gate = await startFaultProxy(elsewhere.host, ({ method, url }) =>
      method === "POST" && url.startsWith("/v2/shut/")
        ? { kind: "answer", status: 403 }
        : undefined,
    );
    await using own = await openTestClient([here.host, gate.host]);
    const source = registrySource(own, { reference: parseReference(at("app:1")) });
    const names = [`${gate.host}/shut:1`, `${gate.host}/open:1`];
    const request = { source, destinations: names.map(parseReference), platform: undefined };
    const { signal } = new AbortController();

    const error = await errorOf(copyImage(request, { client: own, log: silentLogger, signal }));

    expect(error.code).to.equal("REGISTRY_UNAUTHORIZED");
    expect(error.message).to.include(`1 of 2 destinations failed: ${gate.host}/shut:1`);
    expect(error.hint).to.include(`${gate.host}/open:1 got`);
    expect(await digestAt(`${elsewhere.host}/open:1`)).to.equal(index.descriptor.digest);
    expect(await tagsOf(elsewhere.host, "shut")).to.deep.equal([]);
    const asked = gate.requests.filter(({ method, url }) => method === "POST" && /shut/.test(url));
    expect(asked.length, "one blob of the first image, of each place at most").to.be.at.most(4);
  });

  it("leaves the tag alone where a part is missing", async () => {
    const gone = sourceOf("gone").descriptor;
    const source = {
      name: "a layout",
      manifest: () => Promise.resolve(image),
      openBlob: () => Promise.reject(malformed(`there is no ${gone.digest}`)),
    };
    const destinations = [parseReference(`${elsewhere.host}/partial:1`)];
    const ports = { client, log: silentLogger, signal: new AbortController().signal };

    const error = await errorOf(copyImage({ source, destinations, platform: undefined }, ports));

    expect(error.code).to.equal("IMAGE_MALFORMED");
    expect(await tagsOf(elsewhere.host, "partial")).to.deep.equal([]);
  });

  it("follows indexes only so deep", async () => {
    let name = "deep-0";
    let inner = await pushIndex(name, []);
    for (let depth = 1; depth <= 4; depth += 1) {
      name = `deep-${depth}`;
      inner = await pushIndex(name, [inner.descriptor]);
    }

    const error = await errorOf(copy(at(`app:${name}`), [`${elsewhere.host}/deep:1`]));

    expect(error.code).to.equal("IMAGE_MALFORMED");
    expect(await tagsOf(elsewhere.host, "deep")).to.deep.equal([]);
  });
});

function indexOf(manifests: readonly object[]): RemoteManifest {
  const content = { schemaVersion: 2, mediaType: mediaTypes.ociIndex, manifests };
  return documentOf(mediaTypes.ociIndex, content);
}
