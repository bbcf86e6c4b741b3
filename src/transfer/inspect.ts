import type { ContainerConfig, HistoryEntry, ImageConfig } from "../image/config.ts";
import type { Descriptor } from "../image/descriptor.ts";
import type { Digest } from "../image/digest.ts";
import { isAttestation } from "../image/images-in.ts";
import { platformOf } from "../image/make-index.ts";
import type { Index, Manifest } from "../image/manifest.ts";
import { isIndex, parseManifest } from "../image/parse-manifest.ts";
import { formatFullPlatform, type Platform } from "../image/platform.ts";
import {
  type FoundManifest,
  type ImageSource,
  isImageManifest,
  type PulledImage,
  readImage,
  resolveManifest,
} from "../registry/read-image.ts";

type Annotations = Readonly<Record<string, string>>;

/** What every answer begins with. Sizes are bytes as they are stored; docs/images.md explains all members. */
interface Inspected {
  readonly reference: string;
  readonly digest: Digest;
  readonly mediaType: string;
  readonly annotations: Annotations;
}

/** An index, and what it lists. */
export interface InspectedIndex extends Inspected {
  readonly kind: "index";
  readonly manifests: readonly ListedManifest[];
}

export interface ListedManifest {
  readonly digest: Digest;
  readonly mediaType: string;
  readonly size: number;
  /** As `linux/arm64/v8`; null where the index does not say. */
  readonly platform: string | null;
  /** Whether it says something of another image and is none. */
  readonly attestation: boolean;
  readonly annotations: Annotations;
}

/** Bytes that a manifest names. */
export interface InspectedBlob {
  readonly digest: Digest;
  readonly mediaType: string;
  readonly size: number;
}

/** An image of one platform. */
export interface InspectedImage extends Inspected {
  readonly kind: "image";
  readonly platform: string;
  readonly created: string | null;
  readonly author: string | null;
  readonly labels: Annotations;
  /** How containers of it are started, in the configuration's own words, but without labels. */
  readonly settings: Omit<ContainerConfig, "Labels">;
  readonly config: InspectedBlob;
  readonly layers: readonly (InspectedBlob & { readonly diffId: Digest | null })[];
  readonly history: readonly InspectedStep[];
  /** Of the configuration and all layers. */
  readonly totalSize: number;
}

export interface InspectedStep {
  readonly created: string | null;
  readonly createdBy: string | null;
  readonly comment: string | null;
  /** Which of `layers` it made; null where it made none, or the history does not fit the layers. */
  readonly layer: number | null;
}

/** Something else than an image that is made like one. */
export interface InspectedArtifact extends Inspected {
  readonly kind: "artifact";
  readonly config: InspectedBlob;
  readonly layers: readonly InspectedBlob[];
  readonly totalSize: number;
}

/** What `slipway inspect` answers. Members are added in later versions, but not changed. */
export type Inspection = InspectedIndex | InspectedImage | InspectedArtifact;

/**
 * Finds out what a source has: an index, where no platform is asked for and it is one, else an image. Of
 * an image the configuration is read, of layers nothing.
 *
 * @throws IMAGE_PLATFORM_UNAVAILABLE, IMAGE_MALFORMED, and whatever the source throws.
 */
export async function inspect(
  source: ImageSource,
  platform: Platform | undefined,
): Promise<Inspection> {
  const found =
    platform === undefined
      ? await source.manifest(undefined)
      : (await resolveManifest(source, platform)).found;
  const manifest = parseManifest(found.bytes, found.descriptor.mediaType);
  const common = {
    reference: source.name,
    digest: found.descriptor.digest,
    mediaType: manifest.mediaType,
    annotations: manifest.annotations ?? {},
  };
  if (isIndex(manifest)) return { kind: "index", ...common, manifests: listed(manifest) };
  if (!isImageManifest(manifest)) return { kind: "artifact", ...common, ...blobsOf(manifest) };
  return { kind: "image", ...common, ...describeImage(await readFound(source, found)) };
}

/** The image whose manifest has been found. */
function readFound(source: ImageSource, found: FoundManifest): Promise<PulledImage> {
  // A manifest that is in no index is taken whatever the platform.
  const any = { os: "linux", architecture: "amd64" };
  const { name } = source;
  const manifest = (): Promise<FoundManifest> => Promise.resolve(found);
  return readImage({ name, manifest, openBlob: (each) => source.openBlob(each) }, any);
}

function listed({ manifests }: Index): readonly ListedManifest[] {
  return manifests.map((entry) => ({
    ...blobOf(entry),
    platform: entry.platform === undefined ? null : formatFullPlatform(entry.platform),
    attestation: isAttestation(entry),
    annotations: entry.annotations ?? {},
  }));
}

function describeImage({
  config,
  manifest,
}: PulledImage): Omit<InspectedImage, "kind" | keyof Inspected> {
  const { Labels: labels = {}, ...settings } = config.config ?? {};
  const { layers, ...blobs } = blobsOf(manifest);
  return {
    platform: formatFullPlatform(platformOf(config, undefined)),
    created: config.created ?? null,
    author: config.author ?? null,
    labels,
    settings,
    ...blobs,
    layers: layers.map((layer, index) => ({
      ...layer,
      diffId: config.rootfs.diff_ids[index] ?? null,
    })),
    history: joinHistory(config, layers.length),
  };
}

/** Steps that made a layer are in the order of the layers. */
function joinHistory({ history = [] }: ImageConfig, layers: number): readonly InspectedStep[] {
  const makers = history.filter((step) => step.empty_layer !== true);
  const fits = makers.length === layers;
  return history.map((step: HistoryEntry) => {
    const layer = makers.indexOf(step);
    return {
      created: step.created ?? null,
      createdBy: step.created_by ?? null,
      comment: step.comment ?? null,
      layer: fits && layer >= 0 ? layer : null,
    };
  });
}

function blobsOf({
  config,
  layers,
}: Manifest): Pick<InspectedArtifact, "config" | "layers" | "totalSize"> {
  const sizes = [config, ...layers].map(({ size }) => size);
  return {
    config: blobOf(config),
    layers: layers.map(blobOf),
    totalSize: sizes.reduce((sum, size) => sum + size, 0),
  };
}

function blobOf({ digest, mediaType, size }: Descriptor): InspectedBlob {
  return { digest, mediaType, size };
}
