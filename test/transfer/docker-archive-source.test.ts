import { writeFile } from "node:fs/promises";
import { text } from "node:stream/consumers";
import { gzipSync, zstdCompressSync } from "node:zlib";
import { expect } from "chai";
import { digestOf } from "../../src/image/digest.ts";
import type { ImageFormat } from "../../src/image/image-format.ts";
import type { Manifest } from "../../src/image/manifest.ts";
import { mediaTypes } from "../../src/image/media-type.ts";
import { parseReference } from "../../src/image/reference.ts";
import { DockerArchive } from "../../src/output/docker-archive.ts";
import type { ImageSource } from "../../src/registry/read-image.ts";
import { openDockerArchive } from "../../src/transfer/docker-archive-source.ts";
import { TarFile } from "../../src/transfer/tar-file.ts";
import { errorOf } from "../support/error-of.ts";
import { rawTar } from "../support/raw-tar.ts";
import { makeTemporaryDirectory, type TemporaryDirectory } from "../support/temporary-directory.ts";
import { testImage, testLayer } from "../support/test-image.ts";

const { signal } = new AbortController();
const ports = { signal, openScratch: () => expect.fail("the archive is not compressed") };

interface Listed {
  readonly Config: string;
  readonly RepoTags?: readonly string[] | null;
  readonly Layers: readonly string[];
}

const configOf = (layers: readonly string[]): string =>
  JSON.stringify({
    os: "linux",
    architecture: "amd64",
    rootfs: { type: "layers", diff_ids: layers.map((layer) => digestOf(layer)) },
  });

async function manifestOf(source: ImageSource): Promise<Manifest> {
  const { bytes } = await source.manifest(undefined);
  return JSON.parse(bytes.toString()) as Manifest;
}

describe("transfer/docker-archive-source", () => {
  let directory: TemporaryDirectory;

  beforeEach(async () => {
    directory = await makeTemporaryDirectory();
  });

  afterEach(() => directory[Symbol.asyncDispose]());

  /** An archive with these members, whose names are also in its `manifest.json`. */
  async function open(
    images: readonly Listed[] | string,
    members: Readonly<Record<string, string>>,
    tag?: string,
  ): Promise<ImageSource> {
    const listing = typeof images === "string" ? images : JSON.stringify(images);
    const entries = Object.entries({ ...members, "manifest.json": listing });
    const bytes = rawTar(entries.map(([name, body]) => ({ name, type: "0", body })));
    await writeFile(directory.join("a.tar"), bytes);
    const archive = await TarFile.open(directory.join("a.tar"), ports);
    return openDockerArchive(archive, { tag, format: "oci" });
  }

  async function openOwn(format: ImageFormat): Promise<ImageSource> {
    const layers = [testLayer("plain"), testLayer("packed", { compression: "gzip" })];
    const file = directory.join("own.tar");
    const names = [parseReference("r.example/app:1")];
    await new DockerArchive({ file, names, signal }).publish(testImage(layers));
    return openDockerArchive(await TarFile.open(file, ports), { tag: "1", format });
  }

  it("makes a manifest for what slipway wrote, with layers as they are", async () => {
    const source = await openOwn("oci");
    const manifest = await manifestOf(source);

    expect(manifest.layers.map(({ mediaType }) => mediaType)).to.deep.equal([
      mediaTypes.ociLayer,
      mediaTypes.ociLayerGzip,
    ]);
    const [plain] = manifest.layers;
    expect(plain?.digest).to.equal(digestOf("plain"));
    expect(plain === undefined ? "" : await text(await source.openBlob(plain))).to.equal("plain");
    const config = await text(await source.openBlob(manifest.config));
    expect(digestOf(config)).to.equal(manifest.config.digest);
  });

  it("makes it in Docker's types, where they are asked for", async () => {
    const manifest = await manifestOf(await openOwn("docker"));

    expect(manifest).to.deep.include({ mediaType: mediaTypes.dockerManifest });
    expect(manifest.config.mediaType).to.equal(mediaTypes.dockerConfig);
    expect(manifest.layers.map(({ mediaType }) => mediaType)).to.deep.equal([
      mediaTypes.dockerLayer,
      mediaTypes.dockerLayerGzip,
    ]);
  });

  it("chooses by the tag of a name where there are several images", async () => {
    const images = [
      { Config: "one", RepoTags: ["r.example/app:1"], Layers: ["l"] },
      { Config: "two", RepoTags: ["r.example/app:2"], Layers: [] },
    ];
    const members = { one: configOf(["layer"]), two: configOf([]), l: "layer" };

    expect((await manifestOf(await open(images, members, "1"))).layers).to.have.lengthOf(1);
    expect((await manifestOf(await open(images, members, "2"))).layers).to.have.lengthOf(0);
    const several = await errorOf(open(images, members));
    expect(several.code).to.equal("USAGE_CONFLICT");
    expect(several.hint).to.include("r.example/app:1, r.example/app:2");
    expect((await errorOf(open(images, members, "3"))).code).to.equal("CONTEXT_NOT_FOUND");
  });

  for (const [what, bytes] of [
    ["gzip", gzipSync("layer")],
    ["zstd", zstdCompressSync("layer")],
  ] as const) {
    it(`knows a layer in ${what} by its bytes, whatever it is called`, async () => {
      const entries = [
        { name: "c", type: "0", body: configOf(["layer"]) },
        { name: "manifest.json", type: "0", body: '[{"Config":"c","Layers":["layer.tar"]}]' },
      ];
      const [config, manifest] = entries.map((entry) => rawTar([entry]).subarray(0, -1024));
      const padding = Buffer.alloc((512 - (bytes.length % 512)) % 512);
      const header = rawTar([{ name: "layer.tar", type: "0", claimedSize: bytes.length }]).subarray(
        0,
        512,
      );
      const parts = [config, header, bytes, padding, manifest, Buffer.alloc(1024)];
      await writeFile(directory.join("a.tar"), Buffer.concat(parts.map((part) => part ?? padding)));
      const archive = await TarFile.open(directory.join("a.tar"), ports);

      const source = await openDockerArchive(archive, { tag: undefined, format: "oci" });

      const [layer] = (await manifestOf(source)).layers;
      expect(layer).to.deep.equal({
        mediaType: what === "gzip" ? mediaTypes.ociLayerGzip : mediaTypes.ociLayerZstd,
        digest: digestOf(bytes),
        size: bytes.length,
      });
    });
  }

  const broken: readonly (readonly [string, readonly Listed[] | string, string])[] = [
    ["lists no JSON", "{", configOf([])],
    ["lists no images", "{}", configOf([])],
    ["lacks its configuration", [{ Config: "x", Layers: [] }], configOf([])],
    ["lacks a layer", [{ Config: "c", Layers: ["x"] }], configOf(["layer"])],
    ["has another layer than it says", [{ Config: "c", Layers: ["l"] }], configOf(["other"])],
    ["has a layer too many", [{ Config: "c", Layers: ["l"] }], configOf([])],
    ["has no configuration of an image", [{ Config: "c", Layers: [] }], "{}"],
  ];
  for (const [what, images, config] of broken) {
    it(`refuses an archive that ${what}`, async () => {
      const error = await errorOf(open(images, { c: config, l: "layer" }));

      expect(error.code).to.equal("IMAGE_MALFORMED");
    });
  }

  it("fails at a layer that has changed since", async () => {
    const images = [{ Config: "c", Layers: ["l"] }];
    const source = await open(images, { c: configOf(["layer"]), l: "layer" });
    const [layer] = (await manifestOf(source)).layers;
    const changed = rawTar([
      { name: "c", type: "0", body: configOf(["layer"]) },
      { name: "l", type: "0", body: "laYer" },
    ]);
    await writeFile(directory.join("a.tar"), changed);

    const read = async (): Promise<string> =>
      layer === undefined ? "" : text(await source.openBlob(layer));
    expect((await errorOf(read())).code).to.equal("IMAGE_MALFORMED");
  });
});
