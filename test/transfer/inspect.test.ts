import { Readable } from "node:stream";
import { expect } from "chai";
import { digestOf } from "../../src/image/digest.ts";
import { mediaTypes } from "../../src/image/media-type.ts";
import type { ImageSource } from "../../src/registry/read-image.ts";
import { inspect } from "../../src/transfer/inspect.ts";
import { formatInspection } from "../../src/transfer/inspect-text.ts";
import { documentOf } from "../support/registry-client.ts";

const amd64 = { os: "linux", architecture: "amd64" };
const layers = ["one", "second"].map((content) => ({
  mediaType: mediaTypes.ociLayerGzip,
  digest: digestOf(content),
  size: content.length,
}));

/** A place that has these documents; the first one is asked for. */
function sourceWith(...documents: readonly ReturnType<typeof documentOf>[]): ImageSource {
  const find = (digest: string | undefined): ReturnType<typeof documentOf> => {
    const found = documents.find((each) => each.descriptor.digest === digest) ?? documents[0];
    if (found === undefined) throw new Error("there is no document");
    return found;
  };
  return {
    name: "r.example/app:1",
    manifest: (digest) => Promise.resolve(find(digest)),
    openBlob: ({ digest }) => Promise.resolve(Readable.from([find(digest).bytes])),
  };
}

function imageOf(history: readonly object[]): {
  readonly config: ReturnType<typeof documentOf>;
  readonly manifest: ReturnType<typeof documentOf>;
} {
  const config = documentOf(mediaTypes.ociConfig, {
    ...amd64,
    created: "2024-05-06T07:08:09Z",
    config: { Cmd: ["/app"], Env: ["A=1"], Labels: { who: "me\u001b[31m" } },
    rootfs: { type: "layers", diff_ids: layers.map(({ digest }) => digest) },
    history,
  });
  const manifest = documentOf(mediaTypes.ociManifest, {
    schemaVersion: 2,
    mediaType: mediaTypes.ociManifest,
    config: config.descriptor,
    layers,
    annotations: { note: "yes" },
  });
  return { config, manifest };
}

const history = [
  { created_by: "COPY one" },
  { created_by: "ENV A=1", empty_layer: true },
  { created_by: "RUN second", comment: "buildkit" },
];

describe("transfer/inspect", () => {
  it("joins layers with the steps that made them", async () => {
    const { config, manifest } = imageOf(history);

    const found = await inspect(sourceWith(manifest, config), undefined);

    expect(found).to.deep.include({
      kind: "image",
      reference: "r.example/app:1",
      digest: manifest.descriptor.digest,
      platform: "linux/amd64",
      annotations: { note: "yes" },
      labels: { who: "me\u001b[31m" },
      settings: { Cmd: ["/app"], Env: ["A=1"] },
      layers: layers.map((layer) => ({ ...layer, diffId: layer.digest })),
      totalSize: config.descriptor.size + 9,
    });
    const made = found.kind === "image" ? found.history.map(({ layer }) => layer) : [];
    expect(made).to.deep.equal([0, null, 1]);
  });

  it("joins nothing where the history does not fit the layers", async () => {
    const { config, manifest } = imageOf(history.slice(1));

    const found = await inspect(sourceWith(manifest, config), undefined);

    const made = found.kind === "image" ? found.history.map(({ layer }) => layer) : [];
    expect(made).to.deep.equal([null, null]);
  });

  it("shows an index, or the image of a platform in it", async () => {
    const { config, manifest } = imageOf(history);
    const index = documentOf(mediaTypes.ociIndex, {
      schemaVersion: 2,
      mediaType: mediaTypes.ociIndex,
      manifests: [
        { ...manifest.descriptor, platform: amd64 },
        { ...manifest.descriptor, platform: { os: "unknown", architecture: "unknown" } },
      ],
    });
    const source = sourceWith(index, manifest, config);

    const whole = await inspect(source, undefined);
    const one = await inspect(source, amd64);

    const listed = whole.kind === "index" ? whole.manifests : [];
    expect(listed.map(({ platform, attestation }) => [platform, attestation])).to.deep.equal([
      ["linux/amd64", false],
      ["unknown/unknown", true],
    ]);
    expect(one).to.deep.include({ kind: "image", digest: manifest.descriptor.digest });
    expect(formatInspection(whole)).to.include("linux/amd64").and.include("(attestation)");
  });

  it("shows what is no image", async () => {
    const [layer] = layers;
    const config = {
      mediaType: "application/vnd.oci.empty.v1+json",
      digest: digestOf("{}"),
      size: 2,
    };
    const manifest = documentOf(mediaTypes.ociManifest, {
      schemaVersion: 2,
      mediaType: mediaTypes.ociManifest,
      config,
      layers: [layer],
    });

    const found = await inspect(sourceWith(manifest), undefined);

    expect(found).to.deep.include({ kind: "artifact", config, layers: [layer], totalSize: 5 });
    expect(formatInspection(found)).to.include("size:              5 B");
  });
});

describe("transfer/inspect-text", () => {
  it("writes lines for people, which cannot steer their terminal", async () => {
    const { config, manifest } = imageOf(history);

    const lines = formatInspection(await inspect(sourceWith(manifest, config), undefined));

    expect(lines).to.include('command:           ["/app"]\n');
    expect(lines).to.include("\nlabels:\n  who=me\\u{1b}[31m\n");
    expect(lines).to.include("\nhistory:\n  3 B  COPY one\n       ENV A=1\n  6 B  RUN second\n");
  });
});
