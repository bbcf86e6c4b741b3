import { Readable } from "node:stream";
import { buffer } from "node:stream/consumers";
import { UsageError } from "../src/errors/usage-error.ts";
import { digestOf } from "../src/image/digest.ts";
import { mediaTypes } from "../src/image/media-type.ts";
import { compressLayer } from "../src/layer/compress.ts";
import { blockSize } from "../src/layer/tar-block.ts";
import { formatHeader, paddingAfter } from "../src/layer/tar-header.ts";
import type { Document, FinishedImage, ImageLayer } from "../src/output/output.ts";
import type { Resource } from "./catalog.ts";

/** The most resources that Tekton takes from one bundle. */
const mostInBundle = 20;

/** What says that an artifact is a Task. Neither Tekton nor Artifact Hub has a type for that. */
const taskArtifactType = "application/vnd.tekton.task.v1+yaml";

/** The configuration of an artifact that has none (OCI image specification, "Guidance for an Empty Descriptor"). */
const emptyConfig = toDocument("{}", "application/vnd.oci.empty.v1+json");

/**
 * A Tekton bundle: an image with a layer for each resource, as the bundles resolver reads them and `tkn
 * bundle push` writes them (https://tekton.dev/docs/pipelines/tekton-bundle-contracts).
 *
 * @throws USAGE_CONFLICT where there are more resources than a bundle may have, or two of the same kind and name.
 */
export async function tektonBundle(resources: readonly Resource[]): Promise<FinishedImage> {
  if (resources.length > mostInBundle) {
    const text = `a bundle holds ${mostInBundle} resources at most, not ${resources.length}`;
    throw new UsageError("USAGE_CONFLICT", text);
  }
  const names = new Set(resources.map(({ kind, name }) => `${kind} ${name}`));
  if (names.size < resources.length) {
    throw new UsageError("USAGE_CONFLICT", "a bundle cannot hold two versions of one resource");
  }
  const layers = await Promise.all(resources.map(bundleLayer));
  const config = toDocument(
    JSON.stringify({
      // An image has to say what it is for; this one is for no machine.
      architecture: "unknown",
      os: "unknown",
      config: {},
      rootfs: { type: "layers", diff_ids: layers.map(({ diffId }) => diffId) },
    }),
    mediaTypes.ociConfig,
  );
  return finish({ config, layers });
}

/** A Task alone: an OCI artifact whose only layer is the YAML itself, for programs such as oras. */
export function taskArtifact({ name, text, version }: Resource): FinishedImage {
  const yaml = Buffer.from(text);
  return finish({
    config: emptyConfig,
    layers: [
      layerOf(yaml, digestOf(yaml), {
        mediaType: "application/yaml",
        annotations: { "org.opencontainers.image.title": `${name}.yaml` },
      }),
    ],
    extra: {
      artifactType: taskArtifactType,
      annotations: {
        "org.opencontainers.image.title": name,
        "org.opencontainers.image.version": version,
      },
    },
  });
}

async function bundleLayer({ apiVersion, kind, name, text }: Resource): Promise<ImageLayer> {
  const archive = tarOf(name, Buffer.from(text));
  const blocks = Readable.from([archive]);
  const blob = await buffer(compressLayer(blocks, { algorithm: "gzip" }));
  return layerOf(blob, digestOf(archive), {
    mediaType: mediaTypes.ociLayerGzip,
    annotations: {
      "dev.tekton.image.name": name,
      "dev.tekton.image.kind": kind.toLowerCase(),
      "dev.tekton.image.apiVersion": apiVersion,
    },
  });
}

/** An archive of one file, which is the same whenever it is made. */
function tarOf(name: string, content: Buffer): Buffer {
  const header = formatHeader({
    type: "file",
    name,
    size: content.length,
    mode: 0o600,
    uid: 0,
    gid: 0,
    mtime: { seconds: 0, nanoseconds: 0 },
    linkName: "",
    major: 0,
    minor: 0,
  });
  const end = Buffer.alloc(paddingAfter(content.length) + 2 * blockSize);
  return Buffer.concat([header, content, end]);
}

function layerOf(
  bytes: Buffer,
  diffId: ImageLayer["diffId"],
  about: Pick<ImageLayer["descriptor"], "mediaType" | "annotations">,
): ImageLayer {
  return {
    descriptor: { ...about, digest: digestOf(bytes), size: bytes.length },
    diffId,
    open: () => Promise.resolve(Readable.from([bytes])),
  };
}

interface Parts {
  readonly config: Document;
  readonly layers: readonly ImageLayer[];
  /** Further fields of the manifest. */
  readonly extra?: object;
}

function finish({ config, extra, layers }: Parts): FinishedImage {
  const manifest = {
    schemaVersion: 2,
    mediaType: mediaTypes.ociManifest,
    ...extra,
    config: config.descriptor,
    layers: layers.map(({ descriptor }) => descriptor),
  };
  return { manifest: toDocument(JSON.stringify(manifest), manifest.mediaType), config, layers };
}

function toDocument(text: string, mediaType: string): Document {
  const bytes = Buffer.from(text);
  return { bytes, descriptor: { mediaType, digest: digestOf(bytes), size: bytes.length } };
}
