import { Buffer } from "node:buffer";
import { isBuilderError } from "../errors/builder-error.ts";
import { digestOf } from "../image/digest.ts";
import { isIndex, parseManifest } from "../image/parse-manifest.ts";
import { formatReference, type ImageReference } from "../image/reference.ts";
import { type Referrer, referrersTag, withReferrer } from "../image/referrers.ts";
import type { Logger } from "../log/logger.ts";
import type { RegistryApi } from "./api.ts";
import { fetchManifest } from "./fetch-manifest.ts";
import type { RemoteManifest, RequestOptions } from "./registry-client.ts";

interface Listing {
  readonly api: RegistryApi;
  readonly log: Logger;
  /** Where the manifest is that refers to another. */
  readonly reference: ImageReference;
  readonly put: (reference: ImageReference, list: RemoteManifest) => Promise<void>;
}

/**
 * Lists a manifest among those that refer to its subject, as a client has to where the registry does not do it
 * itself (OCI distribution specification, "Unavailable Referrers API"). Of two clients that do so at one time, the
 * later may undo what the other did: the specification leaves that to registries with a better way.
 *
 * @throws REGISTRY_*
 */
export async function listReferrer(
  { api, log, put, reference }: Listing,
  referrer: Referrer,
  options: RequestOptions,
): Promise<void> {
  const { registry, path } = reference;
  const list = { registry, path, tag: referrersTag(referrer.subject) };
  const current = await fetchList(api, list, options);
  if (
    current !== undefined &&
    !isIndex(parseManifest(current.bytes, current.descriptor.mediaType))
  ) {
    log.warn("the tag for what refers to an image names something else, and stays as it is", {
      image: formatReference(list),
    });
    return;
  }
  const text = withReferrer(current?.bytes.toString(), referrer);
  if (text === undefined) return;
  const bytes = Buffer.from(text);
  const { mediaType } = parseManifest(bytes, current?.descriptor.mediaType);
  await put(list, {
    bytes,
    descriptor: { mediaType, digest: digestOf(bytes), size: bytes.length },
  });
}

async function fetchList(
  api: RegistryApi,
  list: ImageReference,
  options: RequestOptions,
): Promise<RemoteManifest | undefined> {
  try {
    return await fetchManifest(api, list, options);
  } catch (error) {
    if (isBuilderError(error, "REGISTRY_NOT_FOUND")) return undefined;
    throw error;
  }
}
