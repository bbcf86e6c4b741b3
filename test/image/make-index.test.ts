import { expect } from "chai";
import type { ImageConfig } from "../../src/image/config.ts";
import { digestOf } from "../../src/image/digest.ts";
import {
  distinctEntries,
  type IndexEntry,
  makeIndex,
  platformOf,
} from "../../src/image/make-index.ts";
import { mediaTypes } from "../../src/image/media-type.ts";
import { parsePlatform } from "../../src/image/parse-platform.ts";
import { errorOf } from "../support/error-of.ts";

const host = { os: "linux", architecture: "amd64" };

function entryOf(
  name: string,
  platform: string,
  mediaType: string = mediaTypes.ociManifest,
): IndexEntry {
  const descriptor = { mediaType, digest: digestOf(name), size: name.length };
  return { name, descriptor, platform: parsePlatform(platform, host) };
}

function configOf(platform: Partial<ImageConfig>): ImageConfig {
  return { ...host, rootfs: { type: "layers", diff_ids: [] }, ...platform };
}

describe("image/make-index", () => {
  it("lists the images in their order, with what they run on", () => {
    const arm = entryOf("b", "linux/arm64");
    const amd = entryOf("a", "linux/amd64", mediaTypes.dockerManifest);

    expect(makeIndex([arm, amd], new Map([["a", "1"]]))).to.deep.equal({
      schemaVersion: 2,
      mediaType: mediaTypes.ociIndex,
      manifests: [
        { ...arm.descriptor, platform: arm.platform },
        { ...amd.descriptor, platform: amd.platform },
      ],
      annotations: { a: "1" },
    });
  });

  it("makes a manifest list of Docker's manifests, unless there are annotations to keep", () => {
    const entries = [
      entryOf("a", "linux/amd64", mediaTypes.dockerManifest),
      entryOf("b", "linux/arm64", mediaTypes.dockerManifest),
    ];

    expect(makeIndex(entries, new Map()).mediaType).to.equal(mediaTypes.dockerIndex);
    expect(makeIndex(entries, new Map([["a", "1"]])).mediaType).to.equal(mediaTypes.ociIndex);
  });

  for (const other of ["linux/arm64", "linux/arm64/v8"]) {
    it(`refuses images for linux/arm64 and ${other}, and names both`, async () => {
      const entries = [entryOf("first", "linux/arm64"), entryOf("second", other)];

      const error = await errorOf(() => makeIndex(entries, new Map()));

      expect(error.code).to.equal("USAGE_CONFLICT");
      expect(error.message).to.equal("there are two images for linux/arm64: first and second");
    });
  }

  it("takes variants, and versions of the operating system, as platforms of their own", () => {
    const names = ["linux/arm/v6", "linux/arm/v7", "windows(1)/amd64", "windows(2)/amd64"];

    const index = makeIndex(
      names.map((name) => entryOf(name, name)),
      new Map(),
    );

    expect(index.manifests).to.have.lengthOf(names.length);
  });

  it("counts one manifest once", () => {
    const first = entryOf("a", "linux/amd64");

    expect(distinctEntries([first, { ...first, name: "again" }])).to.deep.equal([first]);
  });

  it("believes an image's configuration, and the index where that says nothing", () => {
    const listed = { os: "linux", architecture: "arm", variant: "v6", "os.features": ["x"] };
    const config = configOf({ architecture: "arm64", variant: "v8", "os.features": [] });

    expect(platformOf(config, listed)).to.deep.equal({
      os: "linux",
      architecture: "arm64",
      variant: "v8",
      "os.features": ["x"],
    });
    expect(platformOf(configOf({ variant: "" }), undefined)).to.deep.equal(host);
  });
});
