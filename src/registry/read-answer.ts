import { type BoundedRead, readBounded } from "../support/read-bounded.ts";
import { brokenOff, connectionFailure } from "./connection-failure.ts";
import type { HttpResponse } from "./http.ts";

/**
 * Reads an answer that is a JSON document into memory, at most `limitBytes` of it; a longer one is closed early. Where
 * the protocol does not say how long it is, one that is no whole document has broken off: in HTTP/2 a stream
 * that was reset looks like one that has ended.
 *
 * @throws REGISTRY_UNREACHABLE, retryable, where it breaks off.
 */
export async function readAnswer(
  { body, isDelimited, url }: HttpResponse,
  limitBytes: number,
): Promise<BoundedRead> {
  const read = await readBounded(body, limitBytes).catch((error: unknown) => {
    throw connectionFailure(error, url.host);
  });
  if (read.kind === "complete" && !isDelimited && !isJson(read.bytes)) throw brokenOff(url.host);
  return read;
}

function isJson(bytes: Buffer): boolean {
  try {
    JSON.parse(bytes.toString("utf8"));
    return true;
  } catch {
    return false;
  }
}
