import { formatRepository, type Repository } from "../image/reference.ts";
import type { ApiRequest, RegistryApi } from "./api.ts";
import type { HttpResponse } from "./http.ts";
import { parseLocation } from "./redirect.ts";
import type { UploadSource } from "./registry-client.ts";

/** What all requests of an upload share. */
export interface Uploading {
  readonly api: RegistryApi;
  readonly common: Pick<ApiRequest, "repository" | "access" | "signal" | "purpose">;
}

/** What all requests of one push of a blob share. */
export interface Push extends Uploading {
  readonly source: UploadSource;
  /** How long the registry may take to answer after the last byte, in milliseconds. */
  readonly commitMs: number;
}

/** Prepares requests that upload to a repository; `what` completes "cannot push ... to NAME". */
export function uploadingTo(
  { api, repository }: { readonly api: RegistryApi; readonly repository: Repository },
  what: string,
  signal: AbortSignal | undefined,
): Uploading {
  const name = formatRepository(repository);
  const purpose = {
    doing: ["push", what, "to", name].filter((word) => word !== "").join(" "),
    notFound: `repository not found: ${repository.registry} takes no upload to ${name}`,
  };
  return { api, common: { repository, access: "push", signal, purpose } };
}

/** Does `work` with retries, as one part of the upload. */
export function retrying<T>({ api, common }: Uploading, work: () => Promise<T>): Promise<T> {
  const { access, purpose, signal } = common;
  return api.retrying({ doing: purpose.doing, access, signal }, work);
}

/** Asks whether the repository has the blob. */
export async function exists({ api, common, source }: Push): Promise<boolean> {
  const response = await api.send({
    ...common,
    method: "HEAD",
    target: `blobs/${source.descriptor.digest}`,
    expect: [200, 404],
  });
  await response.discard();
  return response.status === 200;
}

/** An upload session of a registry. */
export interface UploadSession {
  /** Where the next request goes. */
  readonly url: URL;
  /** The least that a chunk but the last must have, in bytes (`OCI-Chunk-Min-Length`). */
  readonly leastChunkBytes: number;
}

/** Opens an upload session (distribution specification, "Pushing a blob"). */
export async function startSession({ api, common }: Uploading): Promise<UploadSession> {
  const response = await api.send({
    ...common,
    method: "POST",
    target: "blobs/uploads/",
    headers: { "content-length": "0" },
    expect: [202],
  });
  await response.discard();
  const least = Number(response.header("oci-chunk-min-length"));
  return { url: parseLocation(response), leastChunkBytes: Number.isSafeInteger(least) ? least : 0 };
}

/** Tells the registry that an upload session will not be used, if it still listens; it expires some day in any case. */
export async function cancel({ api, common }: Uploading, session: URL): Promise<void> {
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
export function withDigest(session: URL, digest: string): URL {
  const url = new URL(session);
  url.search = `${url.search}${url.search === "" ? "?" : "&"}digest=${encodeURIComponent(digest)}`;
  return url;
}
