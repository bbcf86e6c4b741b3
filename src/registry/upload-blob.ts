import { isBuilderError } from "../errors/builder-error.ts";
import { RegistryError } from "../errors/registry-error.ts";
import type { HttpResponse } from "./http.ts";
import { parseLocation } from "./redirect.ts";
import { SourceReader } from "./source-reader.ts";
import { cancel, exists, type Push, retrying, startSession, withDigest } from "./upload-session.ts";

export interface ChunkOptions {
  /** The most that one request sends, in bytes, after sending all at once has failed. */
  readonly chunkBytes: number;
  /** Registries that take no chunks; found out here. */
  readonly chunkless: Set<string>;
}

/**
 * Sends a blob: all at once, which every registry takes. Where that breaks, a large one goes on in chunks from where
 * the registry says that it has got to (distribution specification, "Pushing a blob in chunks"), anew where
 * it has lost the session, and at once again where it takes no chunks. Retries end only by progress
 * beyond all that was reached before.
 */
export async function uploadBlob(push: Push, options: ChunkOptions): Promise<void> {
  const upload = new Upload(push, options);
  try {
    for (let reached = 0; !upload.isStored; reached = Math.max(reached, upload.offset)) {
      await retrying(push, () => upload.advance(reached));
    }
  } finally {
    await upload.close();
  }
}

class Upload {
  readonly #push: Push;
  readonly #options: ChunkOptions;
  readonly #registry: string;
  readonly #source: SourceReader;
  #session: URL | undefined;
  #leastChunkBytes = 0;
  #offset = 0;
  #hasFailed = false;
  #hasLostSession = false;
  /** Whether the last attempt has failed, so that only the registry knows how far it got. */
  #isDoubtful = false;
  #isStored = false;

  constructor(push: Push, options: ChunkOptions) {
    this.#push = push;
    this.#options = options;
    this.#registry = push.common.repository.registry;
    this.#source = new SourceReader(push.source);
  }

  /** How many bytes the registry has. */
  get offset(): number {
    return this.#offset;
  }

  get isStored(): boolean {
    return this.#isStored;
  }

  /** Sends until the registry has more than `reached` bytes, or the blob. */
  async advance(reached: number): Promise<void> {
    const { size } = this.#push.source.descriptor;
    if (this.#isDoubtful) await this.#recover();
    this.#isDoubtful = true;
    while (!this.#isStored && this.#offset <= reached) {
      const session = this.#session ?? (await this.#start());
      const left = size - this.#offset;
      const most = this.#mayChunk && this.#hasFailed ? this.#chunkBytes : left;
      await (left > most ? this.#sendChunk(session, most) : this.#sendLast(session, left));
    }
    this.#isDoubtful = false;
  }

  /** Gives back what is still held: the source, and a session that did not become a blob. */
  async close(): Promise<void> {
    this.#source.close();
    await this.#drop();
  }

  get #chunkBytes(): number {
    return Math.max(this.#options.chunkBytes, this.#leastChunkBytes);
  }

  get #mayChunk(): boolean {
    const isLarge = this.#push.source.descriptor.size > this.#chunkBytes;
    return isLarge && !this.#options.chunkless.has(this.#registry);
  }

  async #start(): Promise<URL> {
    const { url, leastChunkBytes } = await startSession(this.#push);
    this.#leastChunkBytes = leastChunkBytes;
    this.#session = url;
    return url;
  }

  async #sendChunk(session: URL, length: number): Promise<void> {
    const sending = this.#send("PATCH", session, length);
    const response = await sending.catch((error: unknown) => this.#failChunk(error));
    // The Range of the answer says nothing: that of Amazon ECR stays behind.
    this.#moveTo(response, this.#offset + length);
  }

  async #sendLast(session: URL, length: number): Promise<void> {
    const target = withDigest(session, this.#push.source.descriptor.digest);
    await this.#send("PUT", target, length).catch((error: unknown) => this.#failLast(error));
    this.#session = undefined;
    this.#isStored = true;
  }

  async #send(method: "PATCH" | "PUT", target: URL, length: number): Promise<HttpResponse> {
    const { api, common, commitMs, source } = this.#push;
    const start = this.#offset;
    const isPart = length > 0 && length < source.descriptor.size;
    const response = await api.send({
      ...common,
      method,
      target,
      headers: {
        "content-type": "application/octet-stream",
        ...(isPart ? { "content-range": `${start}-${start + length - 1}` } : {}),
      },
      body: { sizeBytes: length, open: () => Promise.resolve(this.#source.part(start, length)) },
      expect: method === "PUT" ? [201, 204] : [201, 202, 204],
      answerTimeoutMs: commitMs,
    });
    await response.discard();
    return response;
  }

  /** A session can be lost once; to lose each is how some registries refuse a second chunk. */
  async #failChunk(error: unknown): Promise<never> {
    if (!isRefusal(error)) throw error;
    const isFirstLoss = isLost(error) && this.#offset > 0 && !this.#hasLostSession;
    this.#hasLostSession = true;
    if (!isFirstLoss) this.#options.chunkless.add(this.#registry);
    await this.#drop();
    throw this.#again(isFirstLoss ? "lost an upload that was under way" : "takes no chunks", error);
  }

  async #failLast(error: unknown): Promise<never> {
    const isTooLarge = error instanceof RegistryError && error.status === 413;
    if (isTooLarge && this.#mayChunk && !this.#hasFailed) {
      throw this.#again("does not take so much at once", error);
    }
    if (!isLost(error)) throw error;
    await this.#drop();
    throw this.#again("lost an upload that was under way", error);
  }

  #again(what: string, cause: unknown): RegistryError {
    const message = `${this.#registry} ${what}`;
    const options = { host: this.#registry, retryable: true, cause };
    return new RegistryError("REGISTRY_UNAVAILABLE", message, options);
  }

  /** Finds out what came of the last attempt. */
  async #recover(): Promise<void> {
    this.#hasFailed = true;
    // The registry may have taken the blob although its answer was lost.
    this.#isStored = await exists(this.#push);
    if (this.#isStored) this.#session = undefined;
    else if (this.#session !== undefined) await this.#resume(this.#session);
  }

  async #resume(session: URL): Promise<void> {
    const { size } = this.#push.source.descriptor;
    const response = await this.#ask(session);
    const held = response === undefined ? undefined : bytesHeld(response);
    const most = this.#mayChunk ? size : 0;
    if (response === undefined || held === undefined || held > most) await this.#drop();
    else this.#moveTo(response, held);
  }

  /** What the registry says of a session, or undefined where it says nothing of it. */
  async #ask(session: URL): Promise<HttpResponse | undefined> {
    const { api, common } = this.#push;
    try {
      const asked = { method: "GET", target: session, expect: [200, 202, 204] } as const;
      const response = await api.send({ ...common, ...asked });
      await response.discard();
      return response;
    } catch (error) {
      if (error instanceof RegistryError && !error.retryable) return undefined;
      throw error;
    }
  }

  #moveTo(response: HttpResponse, offset: number): void {
    if (response.header("location") !== undefined) this.#session = parseLocation(response);
    this.#offset = offset;
  }

  async #drop(): Promise<void> {
    const session = this.#session;
    this.#session = undefined;
    this.#offset = 0;
    if (session !== undefined) await cancel(this.#push, session);
  }
}

/** How many bytes a Range header says that there are: `0-9` are ten. Distribution says `0-0` of none as well. */
function bytesHeld(response: HttpResponse): number | undefined {
  const range = /^(?:bytes[ =])?0-([0-9]{1,15})$/.exec(response.header("range") ?? "");
  if (range === null) return undefined;
  const last = Number(range[1]);
  return last === 0 ? 0 : last + 1;
}

function isRefusal(error: unknown): boolean {
  return isBuilderError(error, "REGISTRY_REJECTED") || isBuilderError(error, "REGISTRY_NOT_FOUND");
}

/** Whether an answer says that a session is gone, or stands somewhere else than was thought. */
function isLost(error: unknown): boolean {
  return error instanceof RegistryError && [404, 410, 416].includes(error.status ?? 0);
}
