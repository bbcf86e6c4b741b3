import { createHash } from "node:crypto";
import { once } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { buffer } from "node:stream/consumers";

interface Document {
  readonly type: string;
  readonly content: Buffer;
}

/** As much of a registry as builds need, in memory. It keeps no process alive. Gives its host and port. */
export async function startExerciseRegistry(): Promise<string> {
  const documents = new Map<string, Document>();
  const server = createServer((request, response) => {
    void answer(documents, request, response);
  });
  server.on("connection", (socket) => socket.unref());
  server.listen(0, "127.0.0.1").unref();
  await once(server, "listening");
  return `127.0.0.1:${(server.address() as AddressInfo).port}`;
}

async function answer(
  documents: Map<string, Document>,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const url = new URL(request.url ?? "", "http://registry");
  const content = await buffer(request);
  const digest = `sha256:${createHash("sha256").update(content).digest("hex")}`;
  if (url.pathname === "/v2/") response.end();
  else if (request.method === "POST") {
    response.writeHead(202, { location: `${url.pathname}session` }).end();
  } else if (request.method === "DELETE") response.writeHead(204).end();
  else if (request.method === "PUT") {
    const type = request.headers["content-type"] ?? "application/octet-stream";
    const place = placeOf(url.pathname);
    documents.set(`${place} ${digest}`, { type, content });
    if (place === "manifests") documents.set(url.pathname, { type, content });
    response.writeHead(201, { "docker-content-digest": digest }).end();
  } else {
    const name = url.pathname.split("/").at(-1) ?? "";
    send(
      documents.get(url.pathname) ?? documents.get(`${placeOf(url.pathname)} ${name}`),
      response,
    );
  }
}

/** All repositories have the same content, but for tags. */
function placeOf(pathname: string): string {
  return pathname.includes("/manifests/") ? "manifests" : "blobs";
}

function send(document: Document | undefined, response: ServerResponse): void {
  if (document === undefined) {
    response.writeHead(404).end();
    return;
  }
  const { type, content } = document;
  const digest = `sha256:${createHash("sha256").update(content).digest("hex")}`;
  response
    .writeHead(200, {
      "content-type": type,
      "content-length": content.length,
      "docker-content-digest": digest,
    })
    .end(content);
}
