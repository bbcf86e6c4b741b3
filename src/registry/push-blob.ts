import { isBuilderError } from "../errors/builder-error.ts";
import { RegistryError } from "../errors/registry-error.ts";
import { formatRepository, type Repository, sameRepository } from "../image/reference.ts";
import type { ApiRequest, RegistryApi } from "./api.ts";
import type { HttpResponse } from "./http.ts";
import { parseLocation } from "./redirect.ts";
import type { RequestOptions, UploadOutcome, UploadSource } from "./registry-client.ts";

export interface PushBlobOptions extends RequestOptions {
  readonly mountFrom?: readonly Repository[];
  /** How long the registry may take to answer after the last byte, in milliseconds. */
  readonly commitMs: number;
}

/** What all requests of one push share. */
interface Push {
  readonly api: RegistryApi;
  readonly source: UploadSource;
  readonly common: Pick<ApiRequest, "repository" | "access" | "signal" | "purpose">;
  readonly commitMs: number;
}

/** Makes a repository hold a blob: checks, mounts or uploads. */
export async function pushBlob(
  target: { readonly api: RegistryApi; readonly repository: Repository },
  source: UploadSource,
  options: PushBlobOptions,
): Promise<UploadOutcome> {
  const { api, repository } = target;
  const { digest } = source.descriptor;
  const name = formatRepository(repository);
  const push: Push = {
    api,
    source,
    commitMs: options.commitMs,
    common: {
      repository,
      access: "push",
      signal: options.signal,
      purpose: {
        doing: `push ${digest} to ${name}`,
        notFound: `repository not found: ${repository.registry} takes no upload to ${name}`,
      },
    },
  };
  if (await retrying(push, () => exists(push))) return "exists";
  for (const from of options.mountFrom ?? []) {
    if (from.registry !== repository.registry || sameRepository(from, repository)) continue;
    if (await retrying(push, () => mount(push, from))) return "mounted";
  }
  let failedBefore = false;
  return retrying<UploadOutcome>(push, async () => {
    // The registry may have taken the blob although its answer was lost.
    if (failedBefore && (await exists(push))) return "uploaded";
    failedBefore = true;
    await upload(push);
    return "uploaded";
  });
}

function retrying<T>({ api, common }: Push, work: () => Promise<T>): Promise<T> {
  return api.retrying(common.purpose.doing, common.signal, work);
}

async function exists({ api, common, source }: Push): Promise<boolean> {
  const response = await api.send({
    ...common,
    method: "HEAD",
    target: `blobs/${source.descriptor.digest}`,
    expect: [200, 404],
  });
  await response.discard();
  return response.status === 200;
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

/** Sends the whole blob in one PUT to a new upload session, which is given up when that fails. */
async function upload(push: Push): Promise<void> {
  const { api, common, source, commitMs } = push;
  const { digest, size } = source.descriptor;
  const session = await startSession(push);
  try {
    const response = await api.send({
      ...common,
      method: "PUT",
      target: withDigest(session, digest),
      headers: { "content-type": "application/octet-stream" },
      body: { sizeBytes: size, open: () => source.open() },
      expect: [201, 204],
      answerTimeoutMs: commitMs,
    });
    await response.discard();
  } catch (error) {
    await cancel(push, session);
    throw lostSession(error, common.repository.registry);
  }
}

async function startSession({ api, common }: Push): Promise<URL> {
  const response = await api.send({
    ...common,
    method: "POST",
    target: "blobs/uploads/",
    headers: { "content-length": "0" },
    expect: [202],
  });
  await response.discard();
  return parseLocation(response);
}

/** An upload session that the registry has lost, as it may when it restarts, is worth another one. */
function lostSession(error: unknown, host: string): unknown {
  if (!isBuilderError(error, "REGISTRY_NOT_FOUND")) return error;
  return new RegistryError("REGISTRY_UNAVAILABLE", `${host} lost an upload that was under way`, {
    host,
    retryable: true,
    cause: error,
  });
}

/** Tells the registry that an upload session will not be used, if it still listens; it expires some day in any case. */
async function cancel({ api, common }: Push, session: URL): Promise<void> {
  const request: ApiRequest = {
    ...common,
    signal: AbortSignal.timeout(5000),
    method: "DELETE",
    target: session,
    expect: [200, 202, 204, 404],
  };
  await api.send(request).then(
    (response: HttpResponse) => response.discard(),
    () => undefined,
  );
}

/** The session's address with the digest appended; the rest of its query stays as the registry wrote it. */
function withDigest(session: URL, digest: string): URL {
  const url = new URL(session);
  url.search = `${url.search}${url.search === "" ? "?" : "&"}digest=${encodeURIComponent(digest)}`;
  return url;
}
