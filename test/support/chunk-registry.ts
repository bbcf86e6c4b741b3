import { createHash, type Hash } from "node:crypto";
import { once } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

/**
 * A registry that keeps what has come of a broken chunk, as the distribution specification has it and Debian's
 * docker-registry does not. It holds digests, not bytes.
 */
export interface ChunkRegistry extends AsyncDisposable {
  readonly host: string;
  readonly blobs: ReadonlySet<string>;
  /** How many upload sessions are open. */
  openSessions(): number;
}

interface Session {
  readonly hash: Hash;
  held: number;
}

export interface ChunkRegistryOptions {
  /** What it says to be the least length of a chunk. */
  readonly leastChunkBytes?: number;
}

/** Starts one on a free port of the loopback interface. */
export async function startChunkRegistry(
  options: ChunkRegistryOptions = {},
): Promise<ChunkRegistry> {
  const blobs = new Set<string>();
  const sessions = new Map<string, Session>();
  const server = createServer((request, response) => {
    const url = new URL(request.url ?? "", "http://registry");
    const id = url.pathname.split("/").at(-1) ?? "";
    const session = sessions.get(id);
    if (url.pathname.endsWith("/blobs/uploads/")) {
      const name = String(sessions.size + Math.random());
      sessions.set(name, { hash: createHash("sha256"), held: 0 });
      const least = options.leastChunkBytes;
      const header = least === undefined ? {} : { "oci-chunk-min-length": least };
      response.writeHead(202, { location: `/sessions/${name}`, ...header }).end();
    } else if (!url.pathname.startsWith("/sessions/")) {
      response.writeHead(blobs.has(id) ? 200 : 404).end();
    } else if (session === undefined) {
      response.writeHead(404).end();
    } else {
      const exchange = { request, response, location: `/sessions/${id}`, session };
      // Clients that break off are what these tests are about.
      answer(exchange, url, { blobs, end: () => sessions.delete(id) }).catch(() =>
        response.destroy(),
      );
    }
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    host: `127.0.0.1:${(server.address() as AddressInfo).port}`,
    blobs,
    openSessions: () => sessions.size,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      server.close();
      await once(server, "close");
    },
  };
}

interface Exchange {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly location: string;
  readonly session: Session;
}

interface Store {
  readonly blobs: Set<string>;
  readonly end: () => void;
}

async function answer(exchange: Exchange, url: URL, { blobs, end }: Store): Promise<void> {
  const { request, response, location, session } = exchange;
  const position = () => ({ location, range: `0-${Math.max(session.held - 1, 0)}` });
  if (request.method === "GET") {
    response.writeHead(204, position()).end();
  } else if (request.method === "DELETE") {
    end();
    response.writeHead(204).end();
  } else if (request.method === "PATCH") {
    const fits = request.headers["content-range"]?.split("-")[0] === String(session.held);
    if (fits) await take(request, session);
    response.writeHead(fits ? 202 : 416, position()).end();
  } else {
    await take(request, session);
    const digest = `sha256:${session.hash.digest("hex")}`;
    const matches = url.searchParams.get("digest") === digest;
    if (matches) blobs.add(digest);
    end();
    response.writeHead(matches ? 201 : 400).end();
  }
}

async function take(request: IncomingMessage, session: Session): Promise<void> {
  for await (const chunk of request as AsyncIterable<Buffer>) {
    session.hash.update(chunk);
    session.held += chunk.length;
  }
}
