import { pipeline, type Readable } from "node:stream";
import { createGunzip } from "node:zlib";
import { isBuilderError } from "../errors/builder-error.ts";
import { ContextError } from "../errors/context-error.ts";
import { errnoOf } from "../errors/filesystem-error.ts";
import type { FileTime } from "../filetree/node.ts";
import type { Digest } from "../image/digest.ts";
import { counted, Transfer } from "../log/transfer.ts";
import { isCertificateFault } from "../support/certificate-fault.ts";
import { httpAuthorization } from "./authorization.ts";
import { HttpDispatchers } from "./http-dispatchers.ts";
import type { RemoteAccess } from "./remote-access.ts";

/** A file that was downloaded. */
export interface HttpFile {
  /** Absolute; the file is not to be changed. */
  readonly path: string;
  /** Length in bytes. */
  readonly size: number;
  readonly digest: Digest;
  /** What the server says the file's time is. */
  readonly lastModified: FileTime | undefined;
}

const mostRedirects = 10;
const redirectStatuses = new Set([301, 302, 303, 307, 308]);
/** Longer files than this (bytes) are refused. */
const sizeLimit = 64 * 2 ** 30;

/** An answer whose body is still to come. */
export interface Answer {
  readonly url: URL;
  readonly status: number;
  readonly body: Readable;
  /** The first value of a header, by lower-case name. */
  readonly header: (name: string) => string | undefined;
}

/** Downloads one file into the spool; its connections live as long as it does. */
export class HttpDownload implements AsyncDisposable {
  readonly #access: RemoteAccess;
  readonly #mayDowngrade: boolean;
  readonly #dispatchers: HttpDispatchers;

  /** `mayDowngrade` tells whether a redirect may lead from https to http. */
  constructor(access: RemoteAccess, options: { readonly mayDowngrade: boolean }) {
    this.#access = access;
    this.#mayDowngrade = options.mayDowngrade;
    this.#dispatchers = new HttpDispatchers(access.environment);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#dispatchers[Symbol.asyncDispose]();
  }

  /**
   * Tries once.
   *
   * @throws CONTEXT_UNREACHABLE, retryable where trying again may help; CONTEXT_SOURCE_NOT_FOUND,
   *   CONTEXT_REFUSED, FILESYSTEM_NO_SPACE, FILESYSTEM_FAILED, or the signal's reason.
   */
  async run(url: URL): Promise<HttpFile> {
    try {
      const answer = await this.#follow(url);
      const { log, spool } = this.#access;
      const what = shown(url);
      const transfer = new Transfer(log, { doing: "fetching", what, total: lengthOf(answer) });
      const { path, size, digest } = await spool.store(counted(contentOf(answer), transfer));
      return { path, size, digest, lastModified: parseTime(answer.header("last-modified")) };
    } catch (error) {
      this.#access.signal.throwIfAborted();
      throw failure(url, error);
    }
  }

  /**
   * Asks for what is at `first`, with more headers, and follows redirects. The answer's status is 200, or 206 where
   * a range was asked for; its body is to be read or destroyed.
   *
   * @throws as `run` does
   */
  async open(first: URL, headers: Readonly<Record<string, string>> = {}): Promise<Answer> {
    try {
      return await this.#follow(first, headers);
    } catch (error) {
      this.#access.signal.throwIfAborted();
      throw failure(first, error);
    }
  }

  async #follow(first: URL, headers: Readonly<Record<string, string>> = {}): Promise<Answer> {
    let url = first;
    let authorization = httpAuthorization(url, this.#access.secrets ?? new Map());
    for (let redirects = 0; ; redirects += 1) {
      const answer = await this.#get(url, authorization, headers);
      const target = redirectTarget(answer);
      if (target === undefined) {
        if (answer.status === 200 || (answer.status === 206 && "range" in headers)) return answer;
        answer.body.destroy();
        throw refused(answer);
      }
      answer.body.destroy();
      if (redirects >= mostRedirects) throw broken(url, `${shown(url)} redirects too often`);
      this.#assertNoDowngrade(url, target);
      if (target.origin !== url.origin) authorization = httpAuthorization(target, new Map());
      url = target;
    }
  }

  async #get(
    url: URL,
    authorization: string | undefined,
    more: Readonly<Record<string, string>>,
  ): Promise<Answer> {
    const { userAgent, signal } = this.#access;
    const { statusCode, headers, body } = await this.#dispatchers.of(url).request({
      origin: url.origin,
      path: url.pathname + url.search,
      method: "GET",
      headers: {
        "user-agent": userAgent,
        "accept-encoding": "identity",
        ...(authorization === undefined ? {} : { authorization }),
        ...more,
      },
      signal,
    });
    // A connection that breaks before the body is looked at must not end the process.
    body.on("error", () => undefined);
    return { url, status: statusCode, body, header: (name) => [headers[name]].flat()[0] };
  }

  #assertNoDowngrade(from: URL, to: URL): void {
    if (from.protocol !== "https:" || to.protocol === "https:" || this.#mayDowngrade) return;
    throw new ContextError(
      "CONTEXT_REFUSED",
      `${shown(from)} redirects to ${shown(to)}, which is not encrypted`,
      { hint: "Give the file's checksum with --checksum, so that nobody on the way can change it" },
    );
  }
}

function redirectTarget({ status, url, header }: Answer): URL | undefined {
  if (!redirectStatuses.has(status)) return undefined;
  const location = header("location");
  if (location === undefined || !URL.canParse(location, url.href)) {
    throw broken(url, `${shown(url)} redirects to no address`);
  }
  const target = new URL(location, url.href);
  if (target.protocol === "http:" || target.protocol === "https:") return target;
  throw broken(url, `${shown(url)} redirects to an address of another protocol`);
}

/** How many bytes an answer says that it has. */
export function lengthOf({ header }: Answer): number | undefined {
  const length = header("content-length");
  return length === undefined || header("content-encoding") !== undefined
    ? undefined
    : Number(length);
}

/**
 * The content of an answer; compression of the transfer, which we do not ask for, is undone.
 *
 * @yields its chunks.
 */
export async function* contentOf(answer: Answer): AsyncGenerator<Uint8Array> {
  const { url, header } = answer;
  const announced = Number(header("content-length") ?? 0);
  if (announced > sizeLimit) throw tooLarge(url);
  let size = 0;
  for await (const chunk of decoded(answer)) {
    size += chunk.length;
    if (size > sizeLimit) throw tooLarge(url);
    yield chunk;
  }
}

async function* decoded({ url, body, header }: Answer): AsyncGenerator<Uint8Array> {
  try {
    const isGzip = header("content-encoding")?.toLowerCase() === "gzip";
    const content = isGzip ? pipeline(body, createGunzip(), () => undefined) : body;
    for await (const chunk of content) yield chunk as Uint8Array;
  } catch (error) {
    throw failure(url, error);
  } finally {
    body.destroy();
  }
}

/** The time of a header of HTTP (RFC 9110, section 5.6.7). */
function parseTime(text: string | undefined): FileTime | undefined {
  const milliseconds = Date.parse(text ?? "");
  if (Number.isNaN(milliseconds)) return undefined;
  return { seconds: Math.floor(milliseconds / 1000), nanoseconds: 0 };
}

/** The error for a connection that failed; defects and errors of the family stay. */
function failure(url: URL, cause: unknown): unknown {
  const code = errnoOf(cause);
  if (isBuilderError(cause) || !(cause instanceof Error) || code === undefined) return cause;
  const reason = cause.message === "" ? code : cause.message;
  return new ContextError("CONTEXT_UNREACHABLE", `cannot download ${shown(url)}: ${reason}`, {
    retryable: !permanentCodes.test(code) && !isCertificateFault(code),
    cause,
    hint: isCertificateFault(code)
      ? "Name the file of the authority's certificate in NODE_EXTRA_CA_CERTS"
      : "Check the address, the network and the proxy",
  });
}

// A name that does not exist is not better the second time.
const permanentCodes = /^(?:ENOTFOUND|ERR_|EPROTO|UND_ERR_INVALID_|Z_)/;

function refused({ status, url }: Answer): ContextError {
  const message = `cannot download ${shown(url)}: invalid response status ${status}`;
  if (status === 404 || status === 410) {
    return new ContextError("CONTEXT_SOURCE_NOT_FOUND", message, { hint: "Check the address" });
  }
  const retryable = status === 408 || status === 429 || (status >= 500 && status !== 501);
  const hint =
    status === 401 || status === 403
      ? "Check user and password in the address, or the secret HTTP_AUTH_TOKEN_<host>"
      : `Check what ${url.host} serves`;
  return new ContextError(retryable ? "CONTEXT_UNREACHABLE" : "CONTEXT_REFUSED", message, {
    retryable,
    hint,
  });
}

function broken(url: URL, message: string): ContextError {
  return new ContextError("CONTEXT_REFUSED", message, { hint: `Check what ${url.host} serves` });
}

function tooLarge(url: URL): ContextError {
  const gibibytes = sizeLimit / 2 ** 30;
  return new ContextError("CONTEXT_REFUSED", `${shown(url)} is larger than ${gibibytes} GiB`);
}

/** A URL as messages have it: credentials may be in all other parts. */
function shown({ origin, pathname }: URL): string {
  return origin + pathname;
}
