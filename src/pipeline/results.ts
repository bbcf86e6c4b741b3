import type { Digest } from "../image/digest.ts";
import { formatRepository, type ImageReference, type Repository } from "../image/reference.ts";

/** What a later step may want to know of an image. */
export const resultNames = [
  "image-digest",
  "image-url",
  "image-ref",
  "image-tag",
  "images",
  "base-image",
] as const;

export type ResultName = (typeof resultNames)[number];

/** An image, or an index of images, that registries have. */
export interface PushedImage {
  readonly digest: Digest;
  /** At least one; each with a tag. */
  readonly destinations: readonly ImageReference[];
  /** Of an index: the digests of its images, which every destination's repository has. */
  readonly manifests?: readonly Digest[];
  /** The image that the last stage begins with, by its manifest. */
  readonly base?: { readonly repository: Repository; readonly digest: Digest };
}

/**
 * The text of each result: no newline at the end, since Tekton takes every byte. All are empty where
 * nothing was pushed, so that Tekton Chains looks for no image; `base-image` also where there is none.
 */
export function resultTexts(pushed: PushedImage | undefined): Readonly<Record<ResultName, string>> {
  const [first] = pushed?.destinations ?? [];
  if (pushed === undefined || first === undefined) {
    return Object.fromEntries(resultNames.map((name) => [name, ""])) as Record<ResultName, string>;
  }
  const repository = formatRepository(first);
  const tag = first.tag ?? "latest";
  return {
    "image-digest": pushed.digest,
    "image-url": `${repository}:${tag}`,
    "image-ref": `${repository}@${pushed.digest}`,
    "image-tag": tag,
    images: allReferences(pushed).join(","),
    "base-image": baseInput(pushed.base),
  };
}

/** `IMAGES` of Tekton Chains: everything to be signed, as `REPOSITORY@DIGEST`. */
function allReferences({ destinations, digest, manifests = [] }: PushedImage): string[] {
  const repositories = new Set(destinations.map(formatRepository));
  const digests = new Set([digest, ...manifests]);
  return [...repositories].flatMap((repository) =>
    [...digests].map((each) => `${repository}@${each}`),
  );
}

/** An `ARTIFACT_INPUTS` object of Tekton Chains: a material of the image. */
function baseInput(base: PushedImage["base"]): string {
  if (base === undefined) return "";
  return JSON.stringify({ uri: `oci://${formatRepository(base.repository)}`, digest: base.digest });
}
