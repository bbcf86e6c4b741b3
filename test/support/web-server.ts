import { once } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

/** What a server was asked. */
export interface RequestSeen {
  /** Path and query, or the whole address when the server is used as a proxy. */
  readonly target: string;
  readonly headers: IncomingMessage["headers"];
}

export interface WebServer extends AsyncDisposable {
  /** `127.0.0.1:<port>` */
  readonly host: string;
  /** All requests so far. */
  readonly requests: readonly RequestSeen[];
}

/** Answers one request; `count` says how many came before it. */
export type Answer = (
  request: IncomingMessage,
  response: ServerResponse,
  count: number,
) => Promise<void> | void;

/** Starts an HTTP server on a free port of the loopback interface. */
export async function startWebServer(answer: Answer): Promise<WebServer> {
  const requests: RequestSeen[] = [];
  const server = createServer((request, response) => {
    const { url: target = "", headers } = request;
    requests.push({ target, headers });
    void Promise.resolve(answer(request, response, requests.length - 1)).catch((error: unknown) => {
      response.destroy(error instanceof Error ? error : new Error(String(error)));
    });
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    host: `127.0.0.1:${(server.address() as AddressInfo).port}`,
    requests,
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, "close");
    },
  };
}
