import { ImageError } from "../errors/image-error.ts";
import type { Descriptor } from "./descriptor.ts";
import {
  type JsonObject,
  listOf,
  malformed,
  objectOf,
  optional,
  parseJsonObject,
  readDigest,
  readSize,
  readString,
  recordOf,
} from "./json.ts";
import type { Index, Manifest } from "./manifest.ts";
import { isIndexType, isManifestType, mediaTypes, schema1Type } from "./media-type.ts";

/** Largest manifest that is read, in bytes (OCI distribution specification, "Pushing Manifests"). */
export const manifestLimitBytes = 4 * 1024 * 1024;

const readAnnotations = optional(recordOf(readString));

const readPlatform = objectOf({
  os: readString,
  architecture: readString,
  variant: optional(readString),
  "os.version": optional(readString),
  "os.features": optional(listOf(readString)),
});

const readDescriptor = objectOf({
  mediaType: readMediaType,
  digest: readDigest,
  size: readSize,
  platform: optional(readPlatform),
  annotations: readAnnotations,
  urls: optional(listOf(readString)),
});

function readMediaType(value: unknown, what: string): string {
  const text = readString(value, what);
  // RFC 6838, section 4.2, with room for the parameters that some writers add.
  if (!/^[\x21-\x7e][\x20-\x7e]{0,254}$/.test(text)) throw malformed(`${what} is no media type`);
  return text;
}

/**
 * Reads an image manifest or index, OCI or Docker schema 2.
 *
 * The document's own `mediaType` decides what it is, else `contentType` (as the registry said),
 * else its members. A document that could be read as both is refused (CVE-2021-41190).
 *
 * @throws IMAGE_MALFORMED
 */
export function parseManifest(bytes: Uint8Array, contentType?: string): Manifest | Index {
  const document = parseJsonObject(bytes, "the image manifest", manifestLimitBytes);
  assertSchema2(document, contentType);
  const lists = document["manifests"] !== undefined;
  const describes = document["config"] !== undefined || document["layers"] !== undefined;
  if (lists === describes) {
    throw malformed("the image manifest has to have either layers and a config or manifests");
  }
  const mediaType = mediaTypeOf(document, contentType, lists);
  const annotations = readAnnotations(document["annotations"], "manifest.annotations");
  const common = {
    schemaVersion: 2 as const,
    mediaType,
    ...(annotations === undefined ? {} : { annotations }),
  };
  if (lists) {
    return { ...common, manifests: readDescriptors(document["manifests"], "manifest.manifests") };
  }
  return {
    ...common,
    config: readDescriptor(document["config"], "manifest.config"),
    layers: readDescriptors(document["layers"] ?? null, "manifest.layers"),
  };
}

const readDescriptors = listOf<Descriptor>(readDescriptor);

function assertSchema2(document: JsonObject, contentType: string | undefined): void {
  const schema1 = document["schemaVersion"] === 1 || contentType?.startsWith(schema1Type) === true;
  if (schema1) {
    throw new ImageError("IMAGE_MALFORMED", "the image manifest is of Docker's old schema 1", {
      hint: "Push the image again with a current tool; schema 1 cannot be verified and is no longer read",
    });
  }
  if (document["schemaVersion"] !== 2) throw malformed("manifest.schemaVersion is not 2");
}

function mediaTypeOf(
  document: JsonObject,
  contentType: string | undefined,
  lists: boolean,
): string {
  const own = optional(readMediaType)(document["mediaType"], "manifest.mediaType");
  const known = lists ? isIndexType : isManifestType;
  if (own !== undefined) {
    if (known(own)) return own;
    throw malformed(`the image manifest says it is ${own}, and its content says otherwise`);
  }
  const said = contentType?.split(";", 1).join("").trim();
  if (said !== undefined && known(said)) return said;
  if (said !== undefined && (isIndexType(said) || isManifestType(said))) {
    throw malformed(`the image manifest was sent as ${said}, and its content says otherwise`);
  }
  return lists ? mediaTypes.ociIndex : mediaTypes.ociManifest;
}

/** Tells an index from a manifest. */
export function isIndex(manifest: Manifest | Index): manifest is Index {
  return "manifests" in manifest;
}
