import { execFile } from "node:child_process";
import { mkdir, readFile, rm, writeFile } from "node:fs/promises";
import path from "node:path";
import { text } from "node:stream/consumers";
import { promisify } from "node:util";
import { expect } from "chai";
import { type Digest, digestOf } from "../../src/image/digest.ts";
import type { LayoutReference } from "../../src/image/layout-reference.ts";
import { mediaTypes } from "../../src/image/media-type.ts";
import { LayoutSource, openLayoutImage } from "../../src/registry/oci-layout-source.ts";
import type { PulledImage } from "../../src/registry/read-image.ts";
import { errorOf } from "../support/error-of.ts";
import { makeTemporaryDirectory, type TemporaryDirectory } from "../support/temporary-directory.ts";

const amd64 = { os: "linux", architecture: "amd64" };
const arm64 = { os: "linux", architecture: "arm64" };

interface Entry {
  readonly mediaType: string;
  readonly digest: Digest;
  readonly size: number;
  readonly platform?: object;
  readonly annotations?: Readonly<Record<string, string>>;
}

describe("registry/oci-layout-source", () => {
  let directory: TemporaryDirectory;
  let layout: string;

  beforeEach(async () => {
    directory = await makeTemporaryDirectory();
    layout = directory.join("layout");
    await mkdir(path.join(layout, "blobs/sha256"), { recursive: true });
  });

  afterEach(() => directory[Symbol.asyncDispose]());

  /** The digest of what the layout has without a name and a platform. */
  async function chosen(): Promise<Digest> {
    const source = new LayoutSource({ layout: { directory: layout } });
    return (await source.manifest(undefined)).descriptor.digest;
  }

  it("reads the only image of a layout, whatever it is called", async () => {
    await index([named("1.2", await image("one"))]);

    const pulled = await open();

    expect(pulled.origin).to.equal(undefined);
    expect(pulled.config).to.include(amd64);
    expect(await contentOf(pulled)).to.deep.equal(["one"]);
  });

  it("takes the image with the tag, or else the one called latest", async () => {
    const [one, two] = [await image("one"), await image("two")];
    await index([named("1.2", one), named("latest", two)]);

    expect(await contentOf(await open({ tag: "1.2" }))).to.deep.equal(["one"]);
    expect(await contentOf(await open())).to.deep.equal(["two"]);
  });

  it("takes any image of the layout by its digest, also one that the index does not name", async () => {
    const { digest } = await image("one");
    await index([named("latest", await image("two"))]);

    const pulled = await open({ digest, tag: "latest" });

    expect(pulled.descriptor.digest).to.equal(digest);
    expect(await contentOf(pulled)).to.deep.equal(["one"]);
  });

  it("chooses by platform, from the layout's index and from an index in it", async () => {
    const variants = [
      { ...(await image("on amd64", amd64)), platform: amd64 },
      { ...(await image("on arm64", arm64)), platform: arm64 },
    ];
    const inner = await json(mediaTypes.ociIndex, { schemaVersion: 2, manifests: variants });

    await index(variants);
    const flat = await open({}, arm64);
    await index([named("app", inner)]);
    const nested = await open({ tag: "app" }, arm64);

    expect(await contentOf(flat)).to.deep.equal(["on arm64"]);
    expect(await contentOf(nested)).to.deep.equal(["on arm64"]);
    const error = await errorOf(open({ tag: "app" }, { os: "linux", architecture: "s390x" }));
    expect(error.code).to.equal("IMAGE_PLATFORM_UNAVAILABLE");
  });

  it("wants a name or a platform where there are several images, but not where one has several names", async () => {
    const [one, two] = [await image("one"), await image("two")];
    await index([named("1.2", one), named("1.3", one)]);
    expect(await chosen()).to.equal(one.digest);
    await index([named("1.2", one), named("1.3", two)]);
    const error = await errorOf(chosen());
    expect(error.code).to.equal("USAGE_CONFLICT");
    expect(error.hint).to.include("1.2, 1.3");
  });

  it("says which names there are", async () => {
    await index([named("1.2", await image("one")), named("1.3", await image("two"))]);

    const error = await errorOf(open({ tag: "1.4" }));

    expect(error.code).to.equal("CONTEXT_NOT_FOUND");
    expect(error.message).to.equal(`oci-layout://${layout}:1.4 has no image of this name`);
    expect(error.hint).to.equal("It has 1.2, 1.3");
  });

  it("refuses a directory that is no layout", async () => {
    const error = await errorOf(open());

    expect(error.code).to.equal("CONTEXT_NOT_FOUND");
    expect(error.message).to.include("is no OCI image layout");
  });

  for (const [what, damage] of [
    ["a blob with another content", (file: string) => writeFile(file, "something else")],
    ["a blob that is missing", (file: string) => rm(file)],
    [
      "a blob that is a directory",
      async (file: string) => {
        await rm(file);
        await mkdir(file);
      },
    ],
    [
      "a blob that is a fifo",
      async (file: string) => {
        await rm(file);
        await promisify(execFile)("mkfifo", [file]);
      },
    ],
  ] as const) {
    for (const part of ["manifest", "configuration", "layer"] as const) {
      it(`refuses ${what}, as ${part}`, async () => {
        const entry = await image("one");
        await index([entry]);
        const { config, layers } = JSON.parse(await readFile(blobPath(entry.digest), "utf8")) as {
          config: Entry;
          layers: readonly Entry[];
        };
        const parts = { manifest: entry, configuration: config, layer: layers[0] ?? entry };
        await damage(blobPath(parts[part].digest));

        const error = await errorOf(async () => contentOf(await open()));

        expect(error.code).to.equal("IMAGE_MALFORMED");
        expect(error.message).to.include(parts[part].digest.slice("sha256:".length));
      });
    }
  }

  for (const [what, content] of [
    ["no JSON", "{"],
    ["a manifest", JSON.stringify({ schemaVersion: 2, config: {}, layers: [] })],
    ["too long", " ".repeat(4 * 1024 * 1024 + 1)],
    [
      "with a digest that leads out of the layout",
      JSON.stringify({
        schemaVersion: 2,
        manifests: [{ mediaType: mediaTypes.ociManifest, digest: "sha256:../../x", size: 1 }],
      }),
    ],
  ] as const) {
    it(`refuses an index that is ${what}`, async () => {
      await writeFile(path.join(layout, "index.json"), content);

      expect((await errorOf(open())).code).to.equal("IMAGE_MALFORMED");
    });
  }

  function open(
    reference: Partial<LayoutReference> = {},
    platform: typeof amd64 = amd64,
  ): Promise<PulledImage> {
    return openLayoutImage({ layout: { directory: layout, ...reference }, platform });
  }

  /** Writes an image of one layer that holds `content`. */
  async function image(content: string, platform = amd64): Promise<Entry> {
    const layer = await blob(mediaTypes.ociLayer, Buffer.from(content));
    const rootfs = { type: "layers", diff_ids: [layer.digest] };
    const config = await json(mediaTypes.ociConfig, { ...platform, rootfs });
    return json(mediaTypes.ociManifest, { schemaVersion: 2, config, layers: [layer] });
  }

  async function index(manifests: readonly Entry[]): Promise<void> {
    const content = JSON.stringify({ schemaVersion: 2, manifests });
    await writeFile(path.join(layout, "index.json"), content);
  }

  function json(mediaType: string, value: object): Promise<Entry> {
    return blob(mediaType, Buffer.from(JSON.stringify(value)));
  }

  async function blob(mediaType: string, bytes: Buffer): Promise<Entry> {
    const digest = digestOf(bytes);
    await writeFile(blobPath(digest), bytes);
    return { mediaType, digest, size: bytes.length };
  }

  function blobPath(digest: Digest): string {
    return path.join(layout, "blobs", digest.replace(":", "/"));
  }
});

function named(tag: string, entry: Entry): Entry {
  return { ...entry, annotations: { "org.opencontainers.image.ref.name": tag } };
}

async function contentOf({ layers }: PulledImage): Promise<string[]> {
  return Promise.all(layers.map(async (layer) => text(await layer.open())));
}
