import type { Descriptor } from "./descriptor.ts";
import { type Digest, hexOf, isDigest } from "./digest.ts";
import { objectOf, optional, parseJsonObject, readString, recordOf } from "./json.ts";
import { mediaTypes } from "./media-type.ts";
import { manifestLimitBytes } from "./parse-manifest.ts";

/** A manifest that refers to another one, as a list of referrers has it. */
export interface Referrer {
  readonly subject: Digest;
  readonly entry: Descriptor & { readonly artifactType?: string };
}

const readReference = objectOf({
  subject: optional(objectOf({ digest: readString })),
  artifactType: optional(readString),
  config: optional(objectOf({ mediaType: readString })),
  annotations: optional(recordOf(readString)),
});

/**
 * What a manifest or index refers to, if to anything (OCI distribution specification, "Pushing Manifests with
 * Subject"): an image's type is that of its configuration, where it says no other. What is referred to in a way that
 * slipway does not know is passed over.
 *
 * @throws IMAGE_MALFORMED
 */
export function referrerIn(descriptor: Descriptor, bytes: Uint8Array): Referrer | undefined {
  const document = parseJsonObject(bytes, "the manifest", manifestLimitBytes);
  const { annotations, artifactType, config, subject } = readReference(document, "the manifest");
  if (subject === undefined || !isDigest(subject.digest)) return undefined;
  const { digest, mediaType, size } = descriptor;
  const type = artifactType === "" ? config?.mediaType : (artifactType ?? config?.mediaType);
  const entry = {
    mediaType,
    digest,
    size,
    ...(type === undefined ? {} : { artifactType: type }),
    ...(annotations === undefined ? {} : { annotations }),
  };
  return { subject: subject.digest, entry };
}

/** The tag under which a list of referrers lies (OCI distribution specification, "Referrers Tag Schema"). */
export function referrersTag(subject: Digest): string {
  const [algorithm = ""] = subject.split(":", 1);
  return `${algorithm}-${hexOf(subject).slice(0, 64)}`;
}

/** A list of referrers with one more, as text; undefined where it is in the list. `list` is the text of an index. */
export function withReferrer(list: string | undefined, { entry }: Referrer): string | undefined {
  const empty = { schemaVersion: 2, mediaType: mediaTypes.ociIndex, manifests: [] };
  // Parsed without being read: what is not known of it stays.
  const index = (list === undefined ? empty : JSON.parse(list)) as {
    readonly manifests: readonly Descriptor[];
  };
  if (index.manifests.some(({ digest }) => digest === entry.digest)) return undefined;
  return JSON.stringify({ ...index, manifests: [...index.manifests, entry] });
}
