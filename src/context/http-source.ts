import { posix } from "node:path";
import { percentDecode } from "../dockerfile/percent-encoding.ts";
import { ContextError } from "../errors/context-error.ts";
import { DockerfileError } from "../errors/dockerfile-error.ts";
import type { Digest } from "../image/digest.ts";
import { defaultRetryPolicy, retry } from "../support/retry.ts";
import { HttpDownload, type HttpFile } from "./http-download.ts";
import type { RemoteAccess } from "./remote-access.ts";

/**
 * Downloads what `url` (http or https) names into the spool. Redirects are followed, failures that
 * may pass are retried from the start, user and password of the URL go to its own host only.
 *
 * @throws DOCKERFILE_INVALID when `url` is none.
 * @throws CONTEXT_CHECKSUM_MISMATCH when the content is not that of `checksum`.
 * @throws CONTEXT_UNREACHABLE, CONTEXT_SOURCE_NOT_FOUND, CONTEXT_REFUSED
 * @throws FILESYSTEM_NO_SPACE, FILESYSTEM_FAILED, or the signal's reason.
 */
export async function fetchHttp(
  url: string,
  access: RemoteAccess,
  checksum?: Digest,
): Promise<HttpFile> {
  if (!URL.canParse(url)) throw new DockerfileError("DOCKERFILE_INVALID", `${url} is no URL`);
  const { log, signal, retry: policy = defaultRetryPolicy } = access;
  await using download = new HttpDownload(access, { mayDowngrade: checksum !== undefined });
  const file = await retry(() => download.run(new URL(url)), {
    policy,
    signal,
    onRetry: (error, attempt, delayMs) =>
      log.warn("download failed, trying again", { url, reason: error.message, attempt, delayMs }),
  });
  if (checksum !== undefined && file.digest !== checksum) {
    throw new ContextError(
      "CONTEXT_CHECKSUM_MISMATCH",
      `digest mismatch for ${fileNameOf(url)}: ${file.digest} (expected: ${checksum})`,
    );
  }
  log.debug("downloaded", { url, digest: file.digest, bytes: file.size });
  return file;
}

/** The name that a download gets in a directory: the last part of the URL's path. */
export function fileNameOf(url: string): string {
  const { pathname } = new URL(url);
  const name = posix.basename(percentDecode(pathname) ?? pathname);
  return name === "" || name === "." || name === ".." ? "__unnamed__" : name;
}
