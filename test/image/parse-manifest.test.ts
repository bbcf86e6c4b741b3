import { expect } from "chai";
import * as fc from "fast-check";
import { BuilderError } from "../../src/errors/builder-error.ts";
import { digestOf } from "../../src/image/digest.ts";
import { mediaTypes } from "../../src/image/media-type.ts";
import { isIndex, manifestLimitBytes, parseManifest } from "../../src/image/parse-manifest.ts";
import { selectManifest } from "../../src/image/select-manifest.ts";

const digest = digestOf("x");
const config = { mediaType: mediaTypes.ociConfig, digest, size: 1 };
const layer = { mediaType: mediaTypes.ociLayerGzip, digest, size: 2 };
const manifest = { schemaVersion: 2, mediaType: mediaTypes.ociManifest, config, layers: [layer] };
const entry = { mediaType: mediaTypes.ociManifest, digest, size: 3 };

describe("image/parse-manifest", () => {
  it("reads a manifest", () => {
    const parsed = parseManifest(json({ ...manifest, annotations: { a: "b" }, other: 1 }));

    expect(parsed).to.deep.equal({ ...manifest, annotations: { a: "b" } });
    expect(isIndex(parsed)).to.equal(false);
  });

  it("reads an index whose platforms and annotations are kept", () => {
    const platform = { os: "linux", architecture: "amd64" };
    const manifests = [{ ...entry, platform, annotations: { k: "v" } }];

    const parsed = parseManifest(json({ schemaVersion: 2, manifests }));

    expect(parsed).to.deep.equal({ schemaVersion: 2, mediaType: mediaTypes.ociIndex, manifests });
    expect(isIndex(parsed)).to.equal(true);
  });

  it("takes the media type from the registry when the document has none", () => {
    const document = json({ schemaVersion: 2, config, layers: null });

    const parsed = parseManifest(document, `${mediaTypes.dockerManifest}; charset=utf-8`);

    expect(parsed).to.deep.include({ mediaType: mediaTypes.dockerManifest, layers: [] });
    expect(parseManifest(document, "text/plain")).to.include({ mediaType: mediaTypes.ociManifest });
  });

  it("refuses schema 1 with a hint", () => {
    expect(() => parseManifest(json({ schemaVersion: 1, fsLayers: [] })))
      .to.throw(/schema 1/)
      .with.property("hint")
      .that.matches(/Push the image again/);
  });

  const hostile: readonly (readonly [string, unknown, string?])[] = [
    ["is a list", []],
    ["is of another schema", { ...manifest, schemaVersion: 3 }],
    ["can be read both ways", { ...manifest, manifests: [] }],
    ["is neither", { schemaVersion: 2 }],
    ["lacks the config", { schemaVersion: 2, layers: [] }],
    ["lies about its type", { ...manifest, mediaType: mediaTypes.ociIndex }],
    ["was sent as another type", { schemaVersion: 2, config, layers: [] }, mediaTypes.ociIndex],
    ["has a negative size", { ...manifest, layers: [{ ...layer, size: -1 }] }],
    ["has a fractional size", { ...manifest, layers: [{ ...layer, size: 0.5 }] }],
    ["has a size beyond 2^53", { ...manifest, layers: [{ ...layer, size: 2 ** 53 }] }],
    ["has a size as text", { ...manifest, layers: [{ ...layer, size: "2" }] }],
    ["has a path as digest", { ...manifest, config: { ...config, digest: "sha256:../../x" } }],
    ["has a digest of another algorithm", { ...manifest, config: { ...config, digest: "md5:00" } }],
    ["has a control character as type", { ...manifest, config: { ...config, mediaType: "a\n" } }],
    ["has layers that are no list", { ...manifest, layers: {} }],
    ["has numbers as annotations", { ...manifest, annotations: { a: 1 } }],
  ];
  for (const [title, document, contentType] of hostile) {
    it(`refuses a document that ${title}`, () => {
      expect(() => parseManifest(json(document), contentType))
        .to.throw(BuilderError)
        .with.property("code", "IMAGE_MALFORMED");
    });
  }

  it("refuses what is too large, and what is not UTF-8", () => {
    expect(() => parseManifest(Buffer.alloc(manifestLimitBytes + 1, " "))).to.throw(/more than/);
    expect(() => parseManifest(Buffer.from([0x22, 0xff, 0x22]))).to.throw(/not JSON/);
  });

  it("fails only with IMAGE_MALFORMED, whatever the document is", () => {
    const names = ["schemaVersion", "config", "layers", "manifests", "mediaType", "__proto__"];
    const anything = fc.dictionary(
      fc.constantFrom(...names),
      fc.oneof(fc.constant(2), fc.jsonValue(), fc.constant(config), fc.constant([layer])),
    );
    fc.assert(
      fc.property(anything, (document) => {
        try {
          parseManifest(json(document));
        } catch (error) {
          expect(error).to.have.property("code", "IMAGE_MALFORMED");
        }
      }),
    );
  });
});

describe("image/select-manifest", () => {
  const amd64 = { os: "linux", architecture: "amd64" };

  it("passes over attestations", () => {
    const manifests = [at("unknown", "unknown", 1), at("linux", "amd64", 2)];

    expect(select(manifests)).to.include({ size: 2 });
  });

  it("passes over what has a type that is not known", () => {
    const unknown = { ...entry, mediaType: "application/vnd.example" };
    const manifests = [
      unknown,
      { ...at("linux", "amd64", 1), mediaType: unknown.mediaType },
      entry,
    ];

    expect(select(manifests)).to.equal(entry);
  });

  it("takes an entry without platform when no other fits", () => {
    expect(select([at("linux", "arm64", 1), { ...entry, size: 2 }])).to.include({ size: 2 });
    expect(select([{ ...entry, size: 1 }, at("linux", "amd64", 2)])).to.include({ size: 2 });
  });

  it("names the platforms that there are", () => {
    const manifests = [at("unknown", "unknown", 1), at("linux", "arm64", 2), at("linux", "arm", 3)];

    expect(() => select(manifests))
      .to.throw("app:1 is not available for linux/amd64")
      .with.property("hint", "Its platforms are: linux/arm64, linux/arm");
  });

  function select(manifests: Parameters<typeof selectManifest>[0]["manifests"]) {
    const index = { schemaVersion: 2, mediaType: mediaTypes.ociIndex, manifests } as const;
    return selectManifest(index, amd64, "app:1");
  }
});

function at(os: string, architecture: string, size: number) {
  return { ...entry, size, platform: { os, architecture } };
}

function json(value: unknown): Buffer {
  return Buffer.from(JSON.stringify(value));
}
