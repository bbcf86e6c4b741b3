import { UsageError } from "../errors/usage-error.ts";
import type { Descriptor } from "./descriptor.ts";
import { mediaTypes } from "./media-type.ts";

/** The family of media types that an image is written in: OCI's, or those of Docker's schema 2. */
export type ImageFormat = "oci" | "docker";

interface FormatTypes {
  readonly manifest: string;
  readonly config: string;
  /** What the other family calls a layer, and what this one calls the same bytes. */
  readonly layers: ReadonlyMap<string, string>;
}

const ociByDocker: readonly (readonly [docker: string, oci: string])[] = [
  [mediaTypes.dockerLayer, mediaTypes.ociLayer],
  [mediaTypes.dockerLayerGzip, mediaTypes.ociLayerGzip],
  [mediaTypes.dockerForeignLayerGzip, mediaTypes.ociForeignLayerGzip],
];

/** The media types of each family. */
export const formatTypes: Readonly<Record<ImageFormat, FormatTypes>> = {
  oci: {
    manifest: mediaTypes.ociManifest,
    config: mediaTypes.ociConfig,
    layers: new Map(ociByDocker),
  },
  docker: {
    manifest: mediaTypes.dockerManifest,
    config: mediaTypes.dockerConfig,
    layers: new Map(ociByDocker.map(([docker, oci]) => [oci, docker])),
  },
};

/**
 * A layer's descriptor in the terms of a format; the blob is the same. Docker's has no annotations.
 *
 * @throws USAGE_CONFLICT for bytes that Docker's format has no type for, such as zstd.
 */
export function layerInFormat(descriptor: Descriptor, format: ImageFormat): Descriptor {
  const { layers } = formatTypes[format];
  const mediaType = layers.get(descriptor.mediaType) ?? descriptor.mediaType;
  if (format === "oci") return { ...descriptor, mediaType };
  if (![...layers.values()].includes(mediaType)) throw untypedLayer(descriptor);
  const { digest, size, urls } = descriptor;
  return { mediaType, digest, size, ...(urls === undefined ? {} : { urls }) };
}

function untypedLayer({ digest, mediaType }: Descriptor): UsageError {
  return new UsageError(
    "USAGE_CONFLICT",
    `the layer ${digest} of the base image is of type ${mediaType}, which --image-format docker has no word for`,
    { hint: "Use --image-format oci, or a base image whose layers are compressed by gzip" },
  );
}
