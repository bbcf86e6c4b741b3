import { expect } from "chai";
import { digestOf } from "../../src/image/digest.ts";
import { layerInFormat } from "../../src/image/image-format.ts";
import { mediaTypes } from "../../src/image/media-type.ts";
import { errorOf } from "../support/error-of.ts";

const layer = { digest: digestOf("layer"), size: 5 };
const pairs = [
  [mediaTypes.dockerLayer, mediaTypes.ociLayer],
  [mediaTypes.dockerLayerGzip, mediaTypes.ociLayerGzip],
  [mediaTypes.dockerForeignLayerGzip, mediaTypes.ociForeignLayerGzip],
] as const;

describe("image/image-format", () => {
  for (const [docker, oci] of pairs) {
    it(`calls the same bytes ${docker} and ${oci}`, () => {
      for (const mediaType of [docker, oci]) {
        expect(layerInFormat({ ...layer, mediaType }, "docker").mediaType).to.equal(docker);
        expect(layerInFormat({ ...layer, mediaType }, "oci").mediaType).to.equal(oci);
      }
    });
  }

  it("drops annotations of a layer, which Docker's format has not, and keeps URLs", () => {
    const foreign = {
      ...layer,
      mediaType: mediaTypes.ociForeignLayerGzip,
      urls: ["https://r.example/layer"],
      annotations: { a: "1" },
    };

    expect(layerInFormat(foreign, "docker")).to.deep.equal({
      ...layer,
      mediaType: mediaTypes.dockerForeignLayerGzip,
      urls: ["https://r.example/layer"],
    });
    expect(layerInFormat(foreign, "oci")).to.deep.equal(foreign);
  });

  it("leaves zstd to OCI, and says which layer is in the way of Docker's format", async () => {
    const zstd = { ...layer, mediaType: mediaTypes.ociLayerZstd };
    const error = await errorOf(() => layerInFormat(zstd, "docker"));

    expect(layerInFormat(zstd, "oci")).to.deep.equal(zstd);
    expect(error.code).to.equal("USAGE_CONFLICT");
    expect(error.message).to.include(layer.digest).and.include(mediaTypes.ociLayerZstd);
    expect(error.hint).to.include("--image-format oci");
  });
});
