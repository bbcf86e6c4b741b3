import { createHash } from "node:crypto";
import { createReadStream, createWriteStream } from "node:fs";
import { mkdir, rename, stat, writeFile } from "node:fs/promises";
import path from "node:path";
import { Transform } from "node:stream";
import { pipeline } from "node:stream/promises";
import { createGzip } from "node:zlib";

/** An image of one layer, as a test wants to have it. */
export interface SingleLayerImage {
  /** Path of the layer's uncompressed tar file. */
  readonly layerTar: string;
  /** The `config` object of the image's configuration. */
  readonly config: Readonly<Record<string, unknown>>;
}

interface Descriptor {
  readonly mediaType: string;
  readonly digest: string;
  readonly size: number;
}

/** Name of the image in the layouts that `writeOciLayout` makes. */
export const layoutTag = "latest";

/** Writes `image` to `directory` as an OCI layout that holds it under `layoutTag`. */
export async function writeOciLayout(directory: string, image: SingleLayerImage): Promise<void> {
  await mkdir(path.join(directory, "blobs/sha256"), { recursive: true });
  const { layer, diffId } = await writeLayer(directory, image.layerTar);
  const config = await writeJson(directory, "application/vnd.oci.image.config.v1+json", {
    created: "1970-01-01T00:00:00Z",
    architecture: { x64: "amd64", arm64: "arm64" }[process.arch as string],
    os: "linux",
    config: image.config,
    rootfs: { type: "layers", diff_ids: [diffId] },
    history: [{ created: "1970-01-01T00:00:00Z", created_by: "base" }],
  });
  const mediaType = "application/vnd.oci.image.manifest.v1+json";
  const manifest = await writeJson(directory, mediaType, {
    schemaVersion: 2,
    mediaType,
    config,
    layers: [layer],
  });
  const annotations = { "org.opencontainers.image.ref.name": layoutTag };
  const index = { schemaVersion: 2, manifests: [{ ...manifest, annotations }] };
  await writeFile(path.join(directory, "index.json"), JSON.stringify(index));
  await writeFile(path.join(directory, "oci-layout"), '{"imageLayoutVersion":"1.0.0"}');
}

async function writeLayer(
  directory: string,
  tarFile: string,
): Promise<{ layer: Descriptor; diffId: string }> {
  const temporary = path.join(directory, "layer");
  const plain = createHash("sha256");
  const compressed = createHash("sha256");
  await pipeline(
    createReadStream(tarFile),
    hashing(plain),
    createGzip({ level: 1 }),
    hashing(compressed),
    createWriteStream(temporary),
  );
  const digest = compressed.digest("hex");
  const { size } = await stat(temporary);
  await rename(temporary, path.join(directory, "blobs/sha256", digest));
  const mediaType = "application/vnd.oci.image.layer.v1.tar+gzip";
  return {
    layer: { mediaType, digest: `sha256:${digest}`, size },
    diffId: `sha256:${plain.digest("hex")}`,
  };
}

async function writeJson(
  directory: string,
  mediaType: string,
  value: unknown,
): Promise<Descriptor> {
  const bytes = JSON.stringify(value);
  const digest = createHash("sha256").update(bytes).digest("hex");
  await writeFile(path.join(directory, "blobs/sha256", digest), bytes);
  return { mediaType, digest: `sha256:${digest}`, size: Buffer.byteLength(bytes) };
}

function hashing(hash: ReturnType<typeof createHash>): Transform {
  return new Transform({
    transform(chunk: Buffer, _encoding, done) {
      hash.update(chunk);
      done(null, chunk);
    },
  });
}
