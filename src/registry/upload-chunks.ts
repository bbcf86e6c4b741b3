import { isBuilderError } from "../errors/builder-error.ts";
import { RegistryError } from "../errors/registry-error.ts";
import type { HttpResponse } from "./http.ts";
import { parseLocation } from "./redirect.ts";
import { SourceReader } from "./source-reader.ts";
import {
  cancel,
  exists,
  isLostSession,
  lostSession,
  type Push,
  retrying,
  startSession,
  withDigest,
} from "./upload-session.ts";

/**
 * Sends a blob in chunks (distribution specification, "Pushing a blob in chunks"). After a fault it goes on where the
 * registry says that it has got to, or anew where the registry has lost the session. Retries end
 * only by progress beyond all that was reached before.
 *
 * Gives `refused` where the registry takes no chunks; nothing is left there then.
 */
export async function uploadInChunks(
  push: Push,
  chunkBytes: number,
): Promise<"uploaded" | "refused"> {
  const upload = new ChunkedUpload(push, chunkBytes);
  try {
    for (let reached = 0; !upload.isStored; reached = upload.offset) {
      await retrying(push, () => upload.advance(reached));
    }
    return "uploaded";
  } catch (error) {
    if (error instanceof ChunksRefusedError) return "refused";
    throw error;
  } finally {
    await upload.close();
  }
}

class ChunkedUpload {
  readonly #push: Push;
  readonly #source: SourceReader;
  #chunkBytes: number;
  #session: URL | undefined;
  #offset = 0;
  /** Whether the last attempt has failed, so that only the registry knows how far it got. */
  #isDoubtful = false;
  #isStored = false;

  constructor(push: Push, chunkBytes: number) {
    this.#push = push;
    this.#source = new SourceReader(push.source);
    this.#chunkBytes = chunkBytes;
  }

  /** How many bytes the registry has. */
  get offset(): number {
    return this.#offset;
  }

  get isStored(): boolean {
    return this.#isStored;
  }

  /** Sends until the registry has more than `reached` bytes; where that is all, has the blob stored. */
  async advance(reached: number): Promise<void> {
    const { size } = this.#push.source.descriptor;
    if (this.#isDoubtful) await this.#recover();
    if (this.#isStored) return;
    this.#isDoubtful = true;
    let session = this.#session ?? (await this.#start());
    while (this.#offset <= reached && this.#offset < size) session = await this.#sendChunk(session);
    if (reached === size) await this.#commit(session);
    this.#isDoubtful = false;
  }

  /** Gives back what is still held: the source, and a session that did not become a blob. */
  async close(): Promise<void> {
    this.#source.close();
    await this.#drop();
  }

  async #start(): Promise<URL> {
    const { url, leastChunkBytes } = await startSession(this.#push);
    this.#session = url;
    this.#offset = 0;
    this.#chunkBytes = Math.max(this.#chunkBytes, leastChunkBytes);
    return url;
  }

  async #sendChunk(session: URL): Promise<URL> {
    const { api, common, commitMs, source } = this.#push;
    const start = this.#offset;
    const length = Math.min(this.#chunkBytes, source.descriptor.size - start);
    const sending = api.send({
      ...common,
      method: "PATCH",
      target: session,
      headers: {
        "content-type": "application/octet-stream",
        "content-range": `${start}-${start + length - 1}`,
      },
      body: { sizeBytes: length, open: () => Promise.resolve(this.#source.part(start, length)) },
      expect: [202, 204],
      answerTimeoutMs: commitMs,
    });
    const response = await sending.catch((error: unknown) => this.#fail(error));
    await response.discard();
    const held = bytesHeld(response) ?? start + length;
    if (held <= start || held > start + length) {
      throw new RegistryError(
        "REGISTRY_PROTOCOL",
        `${response.url.host} says that it has ${held} bytes after ${start + length} were sent`,
        { host: response.url.host },
      );
    }
    return this.#moveTo(response, held);
  }

  async #commit(session: URL): Promise<void> {
    const { api, common, commitMs, source } = this.#push;
    const putting = api.send({
      ...common,
      method: "PUT",
      target: withDigest(session, source.descriptor.digest),
      headers: { "content-length": "0" },
      expect: [201, 204],
      answerTimeoutMs: commitMs,
    });
    const response = await putting.catch((error: unknown) => this.#fail(error));
    await response.discard();
    this.#session = undefined;
    this.#isStored = true;
  }

  /** Finds out what came of the last attempt. */
  async #recover(): Promise<void> {
    const { api, common, source } = this.#push;
    const { size } = source.descriptor;
    if (this.#offset === size) this.#isStored = await exists(this.#push);
    if (this.#isStored) this.#session = undefined;
    if (this.#session === undefined) return;
    const response = await api.send({
      ...common,
      method: "GET",
      target: this.#session,
      expect: [200, 202, 204, 400, 404, 405, 410, 416, 501],
    });
    await response.discard();
    const held = response.status < 300 ? bytesHeld(response) : undefined;
    if (held === undefined || held > size) await this.#drop();
    else this.#moveTo(response, held);
  }

  #moveTo(response: HttpResponse, offset: number): URL {
    const session =
      response.header("location") === undefined ? this.#session : parseLocation(response);
    this.#session = session ?? response.url;
    this.#offset = offset;
    return this.#session;
  }

  async #fail(error: unknown): Promise<never> {
    if (this.#offset === 0 && isRefusal(error)) throw new ChunksRefusedError(error);
    if (!isLostSession(error)) throw error;
    await this.#drop();
    throw lostSession(error, this.#push.common.repository.registry);
  }

  async #drop(): Promise<void> {
    const session = this.#session;
    this.#session = undefined;
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

/** The registry takes blobs, but not in chunks. */
class ChunksRefusedError extends Error {
  constructor(cause: unknown) {
    super("the registry takes no chunks", { cause });
    this.name = "ChunksRefusedError";
  }
}

function isRefusal(error: unknown): boolean {
  return isBuilderError(error, "REGISTRY_REJECTED") || isBuilderError(error, "REGISTRY_NOT_FOUND");
}
