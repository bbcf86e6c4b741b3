import { isBuilderError } from "../errors/builder-error.ts";
import { type Repository, sameRepository } from "../image/reference.ts";
import type { RegistryApi } from "./api.ts";
import { parseLocation } from "./redirect.ts";
import type { RequestOptions, UploadOutcome, UploadSource } from "./registry-client.ts";
import { uploadInChunks } from "./upload-chunks.ts";
import {
  cancel,
  exists,
  isLostSession,
  lostSession,
  type Push,
  retrying,
  startSession,
  uploadingTo,
  withDigest,
} from "./upload-session.ts";

export interface PushTarget {
  readonly api: RegistryApi;
  readonly repository: Repository;
  /** The most that one request of an upload sends, in bytes; what is larger goes in several. */
  readonly chunkBytes: number;
  /** Registries that take no chunks; found out here. */
  readonly chunkless: Set<string>;
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
  const { repository, chunkBytes, chunkless } = target;
  const { digest, size } = source.descriptor;
  const { commitMs, mountFrom = [], signal } = options;
  const push: Push = { ...uploadingTo(target, digest, signal), source, commitMs };
  if (await retrying(push, () => exists(push))) return "exists";
  for (const from of mountFrom) {
    if (from.registry !== repository.registry || sameRepository(from, repository)) continue;
    if (await retrying(push, () => mount(push, from))) return "mounted";
  }
  if (size > chunkBytes && !chunkless.has(repository.registry)) {
    if ((await uploadInChunks(push, chunkBytes)) === "uploaded") return "uploaded";
    chunkless.add(repository.registry);
  }
  await uploadWhole(push);
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

async function uploadWhole(push: Push): Promise<void> {
  let failedBefore = false;
  await retrying(push, async () => {
    // The registry may have taken the blob although its answer was lost.
    if (failedBefore && (await exists(push))) return;
    failedBefore = true;
    await putWhole(push);
  });
}

/** Sends the whole blob in one PUT to a new upload session, which is given up when that fails. */
async function putWhole(push: Push): Promise<void> {
  const { api, common, source, commitMs } = push;
  const { digest, size } = source.descriptor;
  const { url } = await startSession(push);
  try {
    const response = await api.send({
      ...common,
      method: "PUT",
      target: withDigest(url, digest),
      headers: { "content-type": "application/octet-stream" },
      body: { sizeBytes: size, open: () => source.open() },
      expect: [201, 204],
      answerTimeoutMs: commitMs,
    });
    await response.discard();
  } catch (error) {
    await cancel(push, url);
    throw isLostSession(error) ? lostSession(error, common.repository.registry) : error;
  }
}
