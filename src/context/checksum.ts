import { ContextError } from "../errors/context-error.ts";
import { createHashFor, type Digest, matchesDigest } from "../image/digest.ts";

/** What all of a content has to be. */
export interface Expected {
  /** Undefined is whatever it is. */
  readonly checksum: Digest | undefined;
  /** What messages call it. */
  readonly name: string;
}

/**
 * Passes a content on as it comes.
 *
 * @yields its chunks.
 * @throws CONTEXT_CHECKSUM_MISMATCH at the end; errors of `content` pass unchanged.
 */
export async function* checked(
  content: AsyncIterable<Uint8Array>,
  { checksum, name }: Expected,
): AsyncGenerator<Uint8Array> {
  const hash = checksum === undefined ? undefined : createHashFor(checksum);
  for await (const chunk of content) {
    hash?.update(chunk);
    yield chunk;
  }
  if (checksum === undefined || hash === undefined || matchesDigest(hash, checksum)) return;
  throw new ContextError("CONTEXT_CHECKSUM_MISMATCH", `${name} is not what its checksum says`);
}
