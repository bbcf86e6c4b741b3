import { isBuilderError } from "../errors/builder-error.ts";
import { type Repository, sameRepository } from "../image/reference.ts";
import type { RegistryApi } from "./api.ts";
import { parseLocation } from "./redirect.ts";
import type { RequestOptions, UploadOutcome, UploadSource } from "./registry-client.ts";
import { type ChunkOptions, uploadBlob } from "./upload-blob.ts";
import { cancel, exists, type Push, retrying, uploadingTo } from "./upload-session.ts";

export interface PushTarget extends ChunkOptions {
  readonly api: RegistryApi;
  readonly repository: Repository;
}

export interface PushBlobOptions extends RequestOptions {
  readonly mountFrom?: readonly Repository[];
  /** How long the registry may take to answer after the last byte, in milliseconds. */
  readonly commitMs: number;
}

/** Makes a repository hold a blob: checks, mounts or uploads. */
export async function pushBlob(
  target: PushTarget,
  source: UploadSource,
  options: PushBlobOptions,
): Promise<UploadOutcome> {
  const { repository } = target;
  const { digest } = source.descriptor;
  const { commitMs, mountFrom = [], signal } = options;
  const push: Push = { ...uploadingTo(target, digest, signal), source, commitMs };
  if (await retrying(push, () => exists(push))) return "exists";
  for (const from of mountFrom) {
    if (from.registry !== repository.registry || sameRepository(from, repository)) continue;
    if (await retrying(push, () => mount(push, from))) return "mounted";
  }
  await uploadBlob(push, target);
  return "uploaded";
}

/** Asks the registry to link a blob from another of its repositories (distribution specification, "Mounting a blob"). */
async function mount(push: Push, from: Repository): Promise<boolean> {
  const { api, common, source } = push;
  const query = new URLSearchParams({ mount: source.descriptor.digest, from: from.path });
  try {
    const response = await api.send({
      ...common,
      mountFrom: from,
      method: "POST",
      target: `blobs/uploads/?${query.toString()}`,
      headers: { "content-length": "0" },
      expect: [201, 202],
    });
    await response.discard();
    if (response.status === 201) return true;
    await cancel(push, parseLocation(response));
    return false;
  } catch (error) {
    // Not to be allowed to read there, or not to know mounts, is no reason not to upload.
    const refused = ["REGISTRY_UNAUTHORIZED", "REGISTRY_NOT_FOUND", "REGISTRY_REJECTED"] as const;
    if (refused.some((code) => isBuilderError(error, code))) return false;
    throw error;
  }
}
