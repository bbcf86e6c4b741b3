import { buffer } from "node:stream/consumers";
import { expect } from "chai";
import type { Descriptor } from "../../src/image/descriptor.ts";
import { mediaTypes } from "../../src/image/media-type.ts";
import { parsePlatform } from "../../src/image/parse-platform.ts";
import { parseReference } from "../../src/image/reference.ts";
import { pullImage } from "../../src/registry/pull.ts";
import type { PulledImage } from "../../src/registry/read-image.ts";
import type { RegistryClient, RemoteManifest } from "../../src/registry/registry-client.ts";
import { type DockerRegistry, startDockerRegistry } from "../support/docker-registry.ts";
import { errorOf } from "../support/error-of.ts";
import { documentOf, openTestClient, pushTestImage, sourceOf } from "../support/registry-client.ts";

const host = { os: "linux", architecture: "amd64" };

describe("registry/pull", () => {
  let registry: DockerRegistry;
  let client: RegistryClient;
  let amd64: RemoteManifest;
  let arm64: RemoteManifest;

  before(async () => {
    registry = await startDockerRegistry();
    client = await openTestClient([registry.host]);
    amd64 = await push("multi:amd64", "linux/amd64", ["base", "on amd64"]);
    arm64 = await push("multi:arm64", "linux/arm64", ["base", "on arm64"]);
    const attestation = { ...amd64.descriptor, platform: parsePlatform("unknown/unknown", host) };
    const entries = [attestation, entry(arm64, "linux/arm64"), entry(amd64, "linux/amd64")];
    await putIndex("multi:latest", entries);
    const nested = documentOf(mediaTypes.ociIndex, indexOf(entries));
    await client.putManifest(at("multi"), nested);
    await putIndex("multi:nested", [nested.descriptor]);
  });

  after(async () => {
    await client[Symbol.asyncDispose]();
    await registry[Symbol.asyncDispose]();
  });

  for (const name of ["multi", "multi:nested"]) {
    it(`takes the manifest of the platform from the index ${name}`, async () => {
      const image = await pull(name, "linux/arm64/v8");

      expect(image.descriptor.digest).to.equal(arm64.descriptor.digest);
      expect(image.config).to.include({ os: "linux", architecture: "arm64" });
      expect(image.origin).to.deep.equal({ registry: registry.host, path: "multi" });
      expect(await contentOf(image)).to.deep.equal(["base", "on arm64"]);
    });
  }

  it("takes an index by its digest", async () => {
    const { descriptor } = await client.fetchManifest(at("multi:latest"));

    const image = await pull(`multi@${descriptor.digest}`, "linux/amd64");

    expect(image.descriptor.digest).to.equal(amd64.descriptor.digest);
  });

  it("takes a single manifest as it is, whatever its platform", async () => {
    const image = await pull("multi:arm64", "linux/amd64");

    expect(image.config.architecture).to.equal("arm64");
    expect(JSON.parse(image.configBytes.toString())).to.have.nested.property(
      "rootfs.type",
      "layers",
    );
  });

  it("names the platforms that there are", async () => {
    const error = await errorOf(pull("multi", "linux/s390x"));

    expect(error.code).to.equal("IMAGE_PLATFORM_UNAVAILABLE");
    expect(error.message).to.equal(
      `${registry.host}/multi:latest is not available for linux/s390x`,
    );
    expect(error.hint).to.equal("Its platforms are: linux/arm64, linux/amd64");
  });

  it("refuses an image whose configuration names another number of layers", async () => {
    const { bytes } = amd64;
    const document = JSON.parse(bytes.toString()) as { layers: Descriptor[] };
    const layers = document.layers.slice(1);
    await client.putManifest(
      at("multi:short"),
      documentOf(mediaTypes.ociManifest, { ...document, layers }),
    );

    const error = await errorOf(pull("multi:short", "linux/amd64"));

    expect(error.code).to.equal("IMAGE_MALFORMED");
    expect(error.message).to.include("has 1 layers, and its configuration names 2");
  });

  it("refuses what is no image", async () => {
    const config = sourceOf("{}", "application/vnd.cncf.helm.config.v1+json");
    await client.pushBlob(at("chart"), config);
    const { descriptor } = config;
    const document = { schemaVersion: 2, config: descriptor, layers: [] };
    const mediaType = mediaTypes.ociManifest;
    await client.putManifest(at("chart:1"), documentOf(mediaType, { ...document, mediaType }));

    const error = await errorOf(pull("chart:1", "linux/amd64"));

    expect(error.message).to.include("is not a container image");
    expect(error.hint).to.include("helm");
  });

  function at(name: string) {
    return parseReference(`${registry.host}/${name}`);
  }

  function push(name: string, platform: string, layers: readonly string[]) {
    const image = { layers, platform: parsePlatform(platform, host) };
    return pushTestImage(client, `${registry.host}/${name}`, image);
  }

  async function putIndex(name: string, manifests: readonly Descriptor[]): Promise<void> {
    await client.putManifest(at(name), documentOf(mediaTypes.ociIndex, indexOf(manifests)));
  }

  function pull(name: string, platform: string): Promise<PulledImage> {
    const request = { reference: at(name), platform: parsePlatform(platform, host) };
    return pullImage(client, request);
  }
});

function entry(manifest: RemoteManifest, platform: string): Descriptor {
  return { ...manifest.descriptor, platform: parsePlatform(platform, host) };
}

function indexOf(manifests: readonly Descriptor[]): object {
  return { schemaVersion: 2, mediaType: mediaTypes.ociIndex, manifests };
}

async function contentOf(image: PulledImage): Promise<string[]> {
  return Promise.all(
    image.layers.map(async (layer) => (await buffer(await layer.open())).toString()),
  );
}
