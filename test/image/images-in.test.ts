import { expect } from "chai";
import { digestOf } from "../../src/image/digest.ts";
import { imagesIn } from "../../src/image/images-in.ts";
import { mediaTypes } from "../../src/image/media-type.ts";

describe("image/images-in", () => {
  it("leaves out what has a type that is not known", () => {
    const entry = { mediaType: mediaTypes.ociIndex, digest: digestOf("index"), size: 5 };
    const wordy = { ...entry, mediaType: `${mediaTypes.ociManifest}; charset=utf-8` };
    const manifests = [{ ...entry, mediaType: mediaTypes.ociLayerZstd }, entry, wordy];

    const index = { schemaVersion: 2, mediaType: mediaTypes.ociIndex, manifests } as const;
    expect(imagesIn(index)).to.deep.equal([entry, wordy]);
  });

  it("leaves attestations out, by their platform or their annotation", () => {
    const entry = { mediaType: mediaTypes.ociManifest, digest: digestOf("manifest"), size: 8 };
    const image = { ...entry, platform: { os: "linux", architecture: "amd64" } };
    const manifests = [
      { ...entry, platform: { os: "unknown", architecture: "unknown" } },
      image,
      { ...entry, annotations: { "vnd.docker.reference.type": "attestation-manifest" } },
      entry,
    ];

    const index = { schemaVersion: 2, mediaType: mediaTypes.ociIndex, manifests } as const;
    expect(imagesIn(index)).to.deep.equal([image, entry]);
  });
});
