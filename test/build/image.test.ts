import { zstdCompressSync } from "node:zlib";
import { expect } from "chai";
import { digestOf } from "../../src/image/digest.ts";
import { mediaTypes } from "../../src/image/media-type.ts";
import type { Document, FinishedImage } from "../../src/output/output.ts";
import { errorOf } from "../support/error-of.ts";
import { hasSchemas } from "../support/manifest-schema.ts";
import { layerOf, memoryLayer } from "../support/memory-layer.ts";
import { ociProblems } from "../support/oci-schema.ts";
import { pulledImage } from "../support/pulled-image.ts";
import { StepYard } from "../support/step-yard.ts";

const everything = `
FROM base
MAINTAINER somebody
COPY f /f
USER 1000:1000
ENV A=1
WORKDIR /w
EXPOSE 80 53/udp
VOLUME /data
LABEL a=1
STOPSIGNAL SIGINT
HEALTHCHECK --interval=5s CMD true
SHELL ["/bin/bash", "-c"]
ENTRYPOINT ["/f"]
CMD x
ONBUILD RUN y
`;

interface StoredManifest {
  readonly mediaType: string;
  readonly config: { readonly mediaType: string };
  readonly layers: readonly { readonly mediaType: string; readonly digest: string }[];
}

interface Config {
  readonly created?: string;
  readonly history: readonly { readonly created?: string; readonly empty_layer?: boolean }[];
  readonly config: Readonly<Record<string, unknown>>;
  readonly rootfs: { readonly diff_ids: readonly string[] };
}

describe("build/image", () => {
  let yard: StepYard;

  beforeEach(async () => {
    yard = await StepYard.open();
    await yard.write("f", "content");
    const layer = await memoryLayer([]);
    const history = [{ created: "2001-01-01T00:00:00Z", created_by: "base" }];
    yard.ports = { pull: () => Promise.resolve(pulledImage([layer], { history })) };
  });

  afterEach(() => yard[Symbol.asyncDispose]());

  it("gives a manifest and a configuration that agree with each other and with the layers", async () => {
    const image = await yard.build(everything);

    for (const document of [image.manifest, image.config]) {
      expect(document.descriptor.digest).to.equal(digestOf(document.bytes));
      expect(document.descriptor.size).to.equal(document.bytes.length);
    }
    const manifest = parse(image.manifest) as { config: unknown; layers: unknown };
    const config = configOf(image);
    expect(manifest.config).to.deep.equal(image.config.descriptor);
    expect(manifest.layers).to.deep.equal(image.layers.map(({ descriptor }) => descriptor));
    expect(config.rootfs.diff_ids).to.deep.equal(image.layers.map(({ diffId }) => diffId));
    expect(config.history.filter(({ empty_layer: empty }) => empty !== true)).to.have.lengthOf(
      image.layers.length,
    );
  });

  it("has the annotations that are asked for, and no list of none", async () => {
    const annotations = new Map([["org.opencontainers.image.title", "app"]]);

    const image = await yard.build(everything, { annotations });
    const plain = await yard.build(everything);

    expect(parse(image.manifest)).to.deep.include({
      annotations: { "org.opencontainers.image.title": "app" },
    });
    expect(parse(plain.manifest)).not.to.have.property("annotations");
  });

  if (!hasSchemas) it("follows OCI's schemas (not checked: SLIPWAY_SCHEMAS names no folder)");
  else {
    it("follows OCI's schemas", async () => {
      const annotations = new Map([["org.opencontainers.image.title", "app"]]);
      const image = await yard.build(everything, { annotations });

      expect(await ociProblems("image-manifest-schema.json", parse(image.manifest))).to.deep.equal(
        [],
      );
      expect(await ociProblems("config-schema.json", parse(image.config))).to.deep.equal([]);
    });
  }

  it("leaves out what an instruction has set to nothing", async () => {
    const config = { Entrypoint: ["/old"], Cmd: ["x"] };
    yard.ports = { pull: () => Promise.resolve(pulledImage([], { config })) };

    expect(configOf(await yard.build("FROM base\nENTRYPOINT []\n")).config).to.not.have.any.keys(
      "Entrypoint",
      "Cmd",
    );
  });

  it("says that it runs on what its base runs on, unless a platform is asked for", async () => {
    const config = { os: "linux", architecture: "arm", variant: "v7", "os.version": "1" };
    const targetPlatform = { os: "linux", architecture: "arm64" };
    yard.ports = { pull: () => Promise.resolve(pulledImage([], config)) };

    const unasked = await yard.build("FROM base\n", { targetPlatform });
    const asked = await yard.build("FROM base\n", { targetPlatform, isPlatformRequested: true });

    expect(configOf(unasked)).to.deep.include(config);
    expect(configOf(asked))
      .to.include(targetPlatform)
      .and.not.have.any.keys("variant", "os.version");
  });

  it("puts labels of the request last", async () => {
    const labels = new Map([["a", "2"]]);

    const image = await yard.build("FROM scratch\nLABEL a=1 b=1\n", { labels });

    expect(configOf(image).config["Labels"]).to.deep.equal({ a: "2", b: "1" });
  });

  it("takes the base's layers by reference, by OCI's names for their types", async () => {
    const { archive } = await memoryLayer([]);
    const layer = layerOf(archive);
    const docker = {
      ...layer,
      descriptor: { ...layer.descriptor, mediaType: mediaTypes.dockerLayerGzip },
    };
    yard.ports = { pull: () => Promise.resolve(pulledImage([docker])) };

    const image = await yard.build("FROM base\nLABEL a=1\n");

    const { layers } = parse(image.manifest) as { layers: readonly unknown[] };
    expect(layers).to.deep.equal([layer.descriptor]);
    expect(image.layers[0]?.origin).to.deep.equal({ registry: "r.example", path: "base" });
    expect(layer.opened).to.equal(0);
  });

  it("uses Docker's types throughout where they are asked for, for the same blobs", async () => {
    const oci = await yard.build(everything, { sourceDateEpoch: 0 });
    const docker = await yard.build(everything, { sourceDateEpoch: 0, imageFormat: "docker" });

    const manifest = parse(docker.manifest) as StoredManifest;
    expect(docker.manifest.descriptor.mediaType).to.equal(mediaTypes.dockerManifest);
    expect(manifest.mediaType).to.equal(mediaTypes.dockerManifest);
    expect(manifest.config.mediaType).to.equal(mediaTypes.dockerConfig);
    expect(new Set(manifest.layers.map(({ mediaType }) => mediaType))).to.deep.equal(
      new Set([mediaTypes.dockerLayerGzip]),
    );
    const digests = (image: FinishedImage): string[] =>
      (parse(image.manifest) as StoredManifest).layers.map(({ digest }) => digest);
    expect(digests(docker)).to.deep.equal(digests(oci));
    expect(docker.config.bytes.equals(oci.config.bytes)).to.equal(true);
  });

  it("refuses a base whose layers have no type in Docker's format before it builds on it", async () => {
    const { archive } = await memoryLayer([]);
    const layer = layerOf(archive, zstdCompressSync(archive));
    const zstd = {
      ...layer,
      descriptor: { ...layer.descriptor, mediaType: mediaTypes.ociLayerZstd },
    };
    yard.ports = { pull: () => Promise.resolve(pulledImage([zstd])) };
    const build = (text: string): Promise<FinishedImage> =>
      yard.build(text, { imageFormat: "docker" });

    const error = await errorOf(build("FROM base\nRUN never\n"));
    const copied = await build("FROM base AS files\nFROM scratch\nCOPY --from=files / /\n");

    expect(error.code).to.equal("USAGE_CONFLICT");
    expect(error.location?.firstLine).to.equal(1);
    expect(copied.manifest.descriptor.mediaType).to.equal(mediaTypes.dockerManifest);
  });

  describe("with SOURCE_DATE_EPOCH", () => {
    const epoch = { sourceDateEpoch: 1_500_000_000 };

    it("says it of what is new, and keeps the base's times", async () => {
      const config = configOf(await yard.build("FROM base\nCOPY f /f\nLABEL a=1\n", epoch));

      expect(config.created).to.equal("2017-07-14T02:40:00Z");
      expect(config.history.map(({ created }) => created)).to.deep.equal([
        "2001-01-01T00:00:00Z",
        "2017-07-14T02:40:00Z",
        "2017-07-14T02:40:00Z",
      ]);
    });

    it("does not make an old base younger, nor leaves a younger one so", async () => {
      const unchanged = configOf(await yard.build("FROM base\n", epoch));
      const lowered = configOf(await yard.build("FROM base\n", { sourceDateEpoch: 0 }));

      expect(unchanged.created).to.equal("2001-01-01T00:00:00Z");
      expect(lowered.created).to.equal("1970-01-01T00:00:00Z");
    });

    it("gives the same image at another time", async () => {
      const first = await yard.build(everything, epoch);
      const later = { seconds: 2_000_000_000, nanoseconds: 7 };
      const second = await yard.build(everything, { ...epoch, startTime: later });

      expect(second.manifest.descriptor).to.deep.equal(first.manifest.descriptor);
    });
  });
});

function parse({ bytes }: Document): unknown {
  return JSON.parse(bytes.toString("utf8"));
}

function configOf({ config }: FinishedImage): Config {
  return parse(config) as Config;
}
