import { expect } from "chai";
import type { ImageDocuments } from "../../src/cache/kept-images.ts";
import { LayoutImages } from "../../src/cache/layout-images.ts";
import { type MountLayer, readMountImage, toMountImage } from "../../src/cache/mount-image.ts";
import type { ImageFormat } from "../../src/image/image-format.ts";
import type { Manifest } from "../../src/image/manifest.ts";
import { mediaTypes } from "../../src/image/media-type.ts";
import { toDocument } from "../../src/output/document.ts";
import { type EntryYard, openEntryYard } from "../support/cache-entries.ts";
import { errorOf } from "../support/error-of.ts";

const { signal } = new AbortController();

describe("cache/mount-image", () => {
  let yard: EntryYard;

  beforeEach(async () => {
    yard = await openEntryYard();
  });
  afterEach(() => yard[Symbol.asyncDispose]());

  it("reads what was stored, with the layers' sizes", async () => {
    const entries = [await yard.make("one"), await yard.make("other")];
    const layers = entries.map(({ layer }, index) => ({ ...layer, bytes: index * 10 }));
    const place = new LayoutImages(yard.directory);
    const inFormat = (format: ImageFormat): ImageDocuments => toMountImage({ layers }, format, 0);
    await place.put(["mount"], { layers, inFormat }, signal);

    const found = await place.find("mount", readMountImage);

    expect(found?.layers.map(facts)).to.deep.equal(layers.map(facts));
    expect(await place.find("other", readMountImage)).to.equal(undefined);
  });

  it("can be said in Docker's types", async () => {
    const { layer } = await yard.make("text");

    const { manifest } = toMountImage({ layers: [{ ...layer, bytes: 1 }] }, "docker", 0);

    expect(manifest.descriptor.mediaType).to.equal(mediaTypes.dockerManifest);
    expect(manifest.bytes.toString()).to.include(mediaTypes.dockerLayerGzip);
  });

  for (const [what, change] of [
    ["has another schema", ['schema":"1"', 'schema":"0"']],
    ["says nothing of sizes", ["mount.bytes", "mount.other"]],
    ["has another number of sizes", ['"[1]"', '"[1,2]"']],
    ["has sizes that are none", ['"[1]"', '"[-1]"']],
  ] as const) {
    it(`refuses an image that ${what}`, async () => {
      const { layer } = await yard.make("text");
      const place = new LayoutImages(yard.directory);
      const inFormat = (format: ImageFormat): ImageDocuments =>
        changed(toMountImage({ layers: [{ ...layer, bytes: 1 }] }, format, 0), change);
      await place.put(["mount"], { layers: [layer], inFormat }, signal);

      const error = await errorOf(place.find("mount", readMountImage));

      expect(error.code).to.equal("IMAGE_MALFORMED");
      expect(error.message).to.include("is no cache mount");
    });
  }
});

function facts({ descriptor, diffId, bytes }: MountLayer): unknown {
  return { descriptor, diffId, bytes };
}

/** The same image with another text in its configuration. */
function changed(
  { manifest, config }: ImageDocuments,
  [from, to]: readonly [string, string],
): ImageDocuments {
  const text = config.bytes.toString("utf8").replace(from, to);
  const other = toDocument(JSON.parse(text) as object, config.descriptor.mediaType);
  const content = JSON.parse(manifest.bytes.toString("utf8")) as Manifest;
  const pointing = { ...content, config: other.descriptor };
  return { manifest: toDocument(pointing, manifest.descriptor.mediaType), config: other };
}
