import { Readable } from "node:stream";
import { ImageError } from "../errors/image-error.ts";
import { RegistryError } from "../errors/registry-error.ts";
import type { Descriptor } from "../image/descriptor.ts";
import { createHashFor, matchesDigest } from "../image/digest.ts";
import { formatRepository, type Repository } from "../image/reference.ts";
import type { RegistryApi } from "./api.ts";
import { brokenOff, connectionFailure } from "./connection-failure.ts";
import type { HttpResponse } from "./http.ts";
import type { RequestOptions } from "./registry-client.ts";

interface BlobRequest {
  readonly api: RegistryApi;
  readonly repository: Repository;
  readonly descriptor: Descriptor;
  readonly signal: AbortSignal;
}

/**
 * Opens a blob of the registry that `repository` names, no other. Fails at once where the registry does not
 * have it; after that the stream goes on by itself when the connection breaks.
 */
export async function fetchBlob(
  api: RegistryApi,
  repository: Repository,
  options: RequestOptions & { readonly descriptor: Descriptor },
): Promise<Readable> {
  const closed = new AbortController();
  const signals = options.signal === undefined ? [] : [options.signal];
  const request = {
    api,
    repository,
    descriptor: options.descriptor,
    signal: AbortSignal.any([closed.signal, ...signals]),
  };
  const first = await open(request, 0);
  const stream = Readable.from(readVerified(request, first), { objectMode: false });
  stream.once("close", () => {
    closed.abort();
    // The generator does this, but not when it was never begun.
    first.close();
  });
  return stream;
}

/** A part of a blob that is being received. */
interface Part {
  /** Its first bytes, or nothing when there are none. */
  readonly first: IteratorResult<Uint8Array, undefined>;
  readonly rest: AsyncGenerator<Uint8Array, undefined>;
  close(): void;
}

/** Asks for a blob from `offset` on; has succeeded when bytes come in, so that retries end only by progress. */
async function open(request: BlobRequest, offset: number): Promise<Part> {
  const { api, repository, descriptor, signal } = request;
  const doing = `read ${descriptor.digest} of ${formatRepository(repository)}`;
  return api.retrying({ doing, access: "pull", signal }, async () => {
    const response = await api.send({
      repository,
      access: "pull",
      method: "GET",
      isStream: true,
      target: `blobs/${descriptor.digest}`,
      headers: offset === 0 ? {} : { range: `bytes=${offset}-` },
      expect: offset === 0 ? [200] : [200, 206],
      purpose: {
        doing,
        notFound: `blob not found: ${repository.registry} has no ${descriptor.digest} in ${repository.path}`,
      },
      signal,
    });
    const close = (): void => void response.body.destroy();
    try {
      assertRange(response, descriptor, offset);
      const rest = receive(response, { offset, size: descriptor.size, signal });
      return { first: await rest.next(), rest, close };
    } catch (error) {
      close();
      throw error;
    }
  });
}

/** Holds what the registry says it is going to send against what was asked for. */
function assertRange(response: HttpResponse, { digest, size }: Descriptor, offset: number): void {
  const length = response.header("content-length");
  if (response.status === 206) {
    const range = /^bytes ([0-9]+)-/.exec(response.header("content-range") ?? "");
    if (Number(range?.[1]) === offset) return;
    const { host } = response.url;
    throw new RegistryError("REGISTRY_PROTOCOL", `${host} sent another part of ${digest}`, {
      host,
    });
  }
  if (length !== undefined && Number(length) !== size) {
    throw malformed(`${digest} has ${length} bytes in the registry and ${size} in the manifest`);
  }
}

async function* readVerified(request: BlobRequest, begun: Part): AsyncGenerator<Uint8Array> {
  const { digest, size } = request.descriptor;
  const hash = createHashFor(digest);
  let offset = 0;
  for (let part = begun; ; part = await open(request, offset)) {
    try {
      for (let next = part.first; next.done !== true; next = await part.rest.next()) {
        offset += next.value.length;
        if (offset > size) throw malformed(`${digest} is longer than its ${size} bytes`);
        hash.update(next.value);
        yield next.value;
      }
      break;
    } catch (error) {
      if (!(error instanceof BrokenOffError)) throw error;
    } finally {
      part.close();
    }
  }
  if (offset < size) throw malformed(`${digest} ends after ${offset} of its ${size} bytes`);
  if (!matchesDigest(hash, digest)) {
    throw malformed(`the content of ${digest} does not match this digest`);
  }
}

/** The connection broke while a blob was received. */
class BrokenOffError extends RegistryError {
  constructor(cause: unknown, host: string) {
    const { message, hint } = connectionFailure(cause, host);
    super("REGISTRY_UNREACHABLE", message, {
      host,
      retryable: true,
      cause,
      ...(hint === undefined ? {} : { hint }),
    });
  }
}

// The bytes of an answer from `offset` on, also when it begins at 0 because ranges are not known there.
async function* receive(
  { body, isDelimited, status, url }: HttpResponse,
  {
    offset,
    size,
    signal,
  }: { readonly offset: number; readonly size: number; readonly signal: AbortSignal },
): AsyncGenerator<Uint8Array, undefined> {
  let position = status === 206 ? offset : 0;
  try {
    for await (const chunk of body as AsyncIterable<Uint8Array>) {
      const skip = Math.max(offset - position, 0);
      if (skip < chunk.length) yield skip === 0 ? chunk : chunk.subarray(skip);
      position += chunk.length;
    }
    if (!isDelimited && position < size) throw brokenOff(url.host);
  } catch (error) {
    signal.throwIfAborted();
    throw new BrokenOffError(error, url.host);
  }
}

function malformed(message: string): ImageError {
  return new ImageError("IMAGE_MALFORMED", message, {
    hint: "The registry, a mirror or something on the way to it has changed or cut the content",
  });
}
