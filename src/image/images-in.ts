import type { Descriptor } from "./descriptor.ts";
import type { Index } from "./manifest.ts";

/** What an index lists beside attestations. */
export function imagesIn({ manifests }: Index): readonly Descriptor[] {
  return manifests.filter((entry) => !isAttestation(entry));
}

/** Attestations are listed for the platform `unknown/unknown` (BuildKit, "Attestation storage"). */
export function isAttestation({ annotations, platform }: Descriptor): boolean {
  return platform?.os === "unknown" || annotations?.["vnd.docker.reference.type"] !== undefined;
}
