import { Readable } from "node:stream";
import { RegistryError } from "../errors/registry-error.ts";
import type { Digest } from "../image/digest.ts";
import {
  formatReference,
  formatRepository,
  type ImageReference,
  type Repository,
} from "../image/reference.ts";
import { referrerIn } from "../image/referrers.ts";
import type { Logger } from "../log/logger.ts";
import { ImmutableTagError } from "./answer-failure.ts";
import type { RegistryApi } from "./api.ts";
import { manifestTypes } from "./fetch-manifest.ts";
import { listReferrer } from "./list-referrer.ts";
import type { RemoteManifest, RequestOptions } from "./registry-client.ts";

interface PutTarget {
  readonly api: RegistryApi;
  readonly reference: ImageReference;
  readonly ignoresImmutableTags: boolean;
  readonly log: Logger;
}

/**
 * Stores a manifest under its tag, or its digest where the reference has no tag or the tag cannot be changed. One that
 * refers to another is listed as doing so.
 */
export async function putManifest(
  target: PutTarget,
  manifest: RemoteManifest,
  options: RequestOptions,
): Promise<void> {
  const { isListed } = await putSomehow(target, manifest, options);
  const referrer = isListed ? undefined : referrerIn(manifest.descriptor, manifest.bytes);
  if (referrer === undefined) return;
  const putList = async (reference: ImageReference, list: RemoteManifest): Promise<void> => {
    await put({ ...target, reference }, list, options);
  };
  await listReferrer({ ...target, put: putList }, referrer, options);
}

/** What came of it: whether the registry says that it lists the manifest among those that refer to its subject. */
interface Stored {
  readonly isListed: boolean;
}

async function putSomehow(
  target: PutTarget,
  manifest: RemoteManifest,
  options: RequestOptions,
): Promise<Stored> {
  try {
    return await put(target, manifest, options);
  } catch (error) {
    if (!target.ignoresImmutableTags || !(error instanceof ImmutableTagError)) throw error;
    const { registry, path } = target.reference;
    const image = formatReference(target.reference);
    target.log.warn("the tag cannot be changed and stays as it is", {
      image,
      reason: error.message,
    });
    return put({ ...target, reference: { registry, path } }, manifest, options);
  }
}

async function put(
  { api, reference }: PutTarget,
  manifest: RemoteManifest,
  { signal }: RequestOptions,
): Promise<Stored> {
  const { descriptor, bytes } = manifest;
  const doing = `push the manifest of ${formatReference(reference)}`;
  const response = await api.retrying({ doing, access: "push", signal }, () =>
    api.send({
      repository: reference,
      access: "push",
      method: "PUT",
      target: `manifests/${reference.tag ?? descriptor.digest}`,
      headers: { "content-type": descriptor.mediaType },
      body: { sizeBytes: bytes.length, open: () => Promise.resolve(Readable.from([bytes])) },
      expect: [200, 201, 202],
      purpose: { doing },
      signal,
    }),
  );
  await response.discard();
  const stored = response.header("docker-content-digest");
  if (stored !== undefined && stored !== descriptor.digest) {
    throw new RegistryError(
      "REGISTRY_PROTOCOL",
      `${response.url.host} stored the manifest of ${formatReference(reference)} as ${stored}, not ${descriptor.digest}`,
      { host: response.url.host },
    );
  }
  return { isListed: response.header("oci-subject") !== undefined };
}

/** Asks whether a repository has a manifest. */
export async function hasManifest(
  target: { readonly api: RegistryApi; readonly repository: Repository },
  digest: Digest,
  { signal }: RequestOptions,
): Promise<boolean> {
  const { api, repository } = target;
  const doing = `look for ${digest} in ${formatRepository(repository)}`;
  const response = await api.retrying({ doing, access: "pull", signal }, () =>
    api.send({
      repository,
      access: "pull",
      method: "HEAD",
      target: `manifests/${digest}`,
      headers: { accept: manifestTypes },
      expect: [200, 404],
      purpose: { doing },
      signal,
    }),
  );
  await response.discard();
  return response.status === 200;
}
