import { BuilderError } from "../errors/builder-error.ts";
import { ContextError } from "../errors/context-error.ts";
import type { Digest } from "../image/digest.ts";
import { counted, Transfer } from "../log/transfer.ts";
import { defaultRetryPolicy, retry } from "../support/retry.ts";
import { checked } from "./checksum.ts";
import { type Answer, contentOf, HttpDownload, lengthOf } from "./http-download.ts";
import type { RemoteAccess } from "./remote-access.ts";

/** Something at a URL, to be read once. */
export interface HttpStreamRequest {
  readonly url: URL;
  /** What messages call it: the URL without what may be secret. */
  readonly name: string;
  /** What all of it has to be. */
  readonly checksum: Digest | undefined;
}

/**
 * Reads what is at a URL while it comes. A connection that breaks is made again, and the rest asked for; where
 * the server sends all of it once more, what was read already is passed over, as long as it is the same.
 *
 * @yields its bytes.
 * @throws CONTEXT_CHECKSUM_MISMATCH at the end, and what `HttpDownload.open` throws.
 */
export async function* streamHttp(
  { checksum, name, url }: HttpStreamRequest,
  access: RemoteAccess,
): AsyncGenerator<Uint8Array> {
  await using download = new HttpDownload(access, { mayDowngrade: checksum !== undefined });
  yield* checked(resumed({ name, url, download }, access), { checksum, name });
}

async function* resumed(
  {
    download,
    name,
    url,
  }: Omit<HttpStreamRequest, "checksum"> & { readonly download: HttpDownload },
  { log, retry: policy = defaultRetryPolicy, signal }: RemoteAccess,
): AsyncGenerator<Uint8Array> {
  let offset = 0;
  let validator: string | undefined;
  const transfer = new Transfer(log, { doing: "fetching", what: name });
  for (let failures = 0; ; failures += 1) {
    const open = (): Promise<Answer> => download.open(url, rangeFrom(offset, validator));
    const answer = await retry(open, { policy, signal });
    validator = sameAs(answer, { name, offset, validator });
    if (offset === 0) transfer.expect(lengthOf(answer));
    try {
      for await (const chunk of counted(restOf(answer, offset), transfer)) {
        offset += chunk.length;
        failures = 0;
        yield chunk;
      }
      return;
    } catch (error) {
      const isLast = failures + 1 >= policy.attempts;
      if (isLast || !(error instanceof BuilderError) || !error.retryable) throw error;
      log.warn("download broke off, going on", { url: name, offset, reason: error.message });
    }
  }
}

function rangeFrom(
  offset: number,
  validator: string | undefined,
): Readonly<Record<string, string>> {
  if (offset === 0) return {};
  const condition = validator === undefined ? {} : { "if-range": validator };
  return { range: `bytes=${offset}-`, ...condition };
}

/** What tells that it is still the same file, as far as the server says. */
function sameAs(
  { header, body }: Answer,
  known: { readonly name: string; readonly offset: number; readonly validator: string | undefined },
): string | undefined {
  const validator = header("etag") ?? header("last-modified");
  if (known.offset === 0 || validator === known.validator) return validator;
  body.destroy();
  throw new ContextError(
    "CONTEXT_UNREACHABLE",
    `${known.name} was changed while it was downloaded`,
    {
      hint: "Build again",
    },
  );
}

async function* restOf(answer: Answer, offset: number): AsyncGenerator<Uint8Array> {
  let skip = answer.status === 206 ? 0 : offset;
  for await (const chunk of contentOf(answer)) {
    if (skip >= chunk.length) skip -= chunk.length;
    else {
      yield chunk.subarray(skip);
      skip = 0;
    }
  }
}
