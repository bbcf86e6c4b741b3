import type { Descriptor } from "./descriptor.ts";
import type { Index } from "./manifest.ts";
import { isListedImageType } from "./media-type.ts";

/** The images that an index lists, and indexes that lead to some: neither attestations nor things of other types. */
export function imagesIn({ manifests }: Index): readonly Descriptor[] {
  return manifests.filter((entry) => isListedImageType(entry.mediaType) && !isAttestation(entry));
}

/** Attestations are listed for the platform `unknown/unknown` (BuildKit, "Attestation storage"). */
export function isAttestation({ annotations, platform }: Descriptor): boolean {
  return platform?.os === "unknown" || annotations?.["vnd.docker.reference.type"] !== undefined;
}
