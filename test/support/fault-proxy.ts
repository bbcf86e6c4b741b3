import { once } from "node:events";
import {
  type ClientRequest,
  createServer,
  type IncomingMessage,
  type OutgoingHttpHeaders,
  type ServerResponse,
  request as sendRequest,
} from "node:http";
import { pipeline } from "node:stream/promises";

/** What becomes of a request: an answer, a broken connection, or what the real server says, perhaps cut. */
export type ProxyAction =
  | {
      readonly kind: "forward";
      /** Breaks the connection after so many bytes of the real answer's body. */
      readonly cutAfterBytes?: number;
      /** Breaks both connections when so many bytes of the request's body have gone to the real server. */
      readonly cutBodyAfterBytes?: number;
      /** Breaks the connection when the real server has answered. */
      readonly loseAnswer?: boolean;
    }
  | { readonly kind: "break" }
  /** Takes nothing of the request's body. */
  | { readonly kind: "stall" }
  | {
      readonly kind: "answer";
      readonly status: number;
      readonly headers?: OutgoingHttpHeaders;
      readonly body?: string | Buffer;
      /** Leaves the client waiting after the headers. */
      readonly hang?: boolean;
    };

export interface SeenRequest {
  readonly method: string;
  readonly url: string;
  readonly headers: IncomingMessage["headers"];
  /** The client's, which tells connections apart. */
  readonly port: number;
}

/** Decides about the request that is the `count`th (from 1) of its method and address. */
export type ProxyScript = (request: SeenRequest, count: number) => ProxyAction | undefined;

export interface FaultProxy extends AsyncDisposable {
  readonly host: string;
  /** All requests so far, in their order. */
  readonly requests: readonly SeenRequest[];
}

/** Starts a server that does as `script` says and hands all else on to `target` (host and port). */
export async function startFaultProxy(
  target: string | undefined,
  script: ProxyScript,
): Promise<FaultProxy> {
  const requests: SeenRequest[] = [];
  const server = createServer((incoming, outgoing) => {
    const { method = "", url = "", headers } = incoming;
    const seen = { method, url, headers, port: incoming.socket.remotePort ?? 0 };
    requests.push(seen);
    const count = requests.filter((each) => each.method === method && each.url === url).length;
    const action = script(seen, count) ?? { kind: "forward" };
    // A client or server that breaks off is what these tests are about.
    act(action, { incoming, outgoing, target }).catch(() => outgoing.destroy());
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("no port");
  return {
    host: `127.0.0.1:${address.port}`,
    requests,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      server.close();
      await once(server, "close");
    },
  };
}

interface Exchange {
  readonly incoming: IncomingMessage;
  readonly outgoing: ServerResponse;
  readonly target: string | undefined;
}

async function act(action: ProxyAction, exchange: Exchange): Promise<void> {
  const { incoming, outgoing } = exchange;
  switch (action.kind) {
    case "break":
      incoming.socket.destroy();
      break;
    case "stall":
      incoming.pause();
      break;
    case "answer":
      incoming.resume();
      outgoing.writeHead(action.status, action.headers);
      if (action.hang === true) outgoing.flushHeaders();
      else outgoing.end(action.body);
      break;
    case "forward":
      await forward(exchange, action);
      break;
  }
}

async function forward(
  { incoming, outgoing, target }: Exchange,
  { cutAfterBytes, cutBodyAfterBytes, loseAnswer }: ProxyAction & { readonly kind: "forward" },
): Promise<void> {
  if (target === undefined) throw new Error("there is no server behind this one");
  const { method, url, headers } = incoming;
  const upstream = sendRequest(`http://${target}${url}`, { method, headers, agent: false });
  if (cutBodyAfterBytes !== undefined) {
    await sendPart(incoming, upstream, cutBodyAfterBytes);
    return;
  }
  const answered = once(upstream, "response") as Promise<[IncomingMessage]>;
  await pipeline(incoming, upstream);
  const [response] = await answered;
  if (loseAnswer === true) {
    incoming.socket.destroy();
    return;
  }
  outgoing.writeHead(response.statusCode ?? 500, response.headers);
  let sent = 0;
  for await (const chunk of response as AsyncIterable<Buffer>) {
    const room = (cutAfterBytes ?? Infinity) - sent;
    sent += chunk.length;
    const taken = outgoing.write(chunk.subarray(0, room));
    if (chunk.length >= room) {
      // What was written has to arrive before the connection breaks.
      outgoing.write("", () => incoming.socket.destroySoon());
      return;
    }
    if (!taken) await once(outgoing, "drain");
  }
  outgoing.end();
}

/** Sends the start of a body, and breaks off on both sides when that has gone out. */
async function sendPart(
  incoming: IncomingMessage,
  upstream: ClientRequest,
  bytes: number,
): Promise<void> {
  upstream.on("error", () => undefined);
  let left = bytes;
  for await (const chunk of incoming as AsyncIterable<Buffer>) {
    const part = chunk.subarray(0, left);
    left -= part.length;
    await new Promise((resolve) => upstream.write(part, resolve));
    if (left === 0) break;
  }
  upstream.socket?.end();
  if (upstream.socket !== null) await once(upstream.socket, "close");
  incoming.socket.destroy();
}
