import { once } from "node:events";
import { readFile } from "node:fs/promises";
import { type IncomingHttpHeaders, type IncomingMessage, request as sendRequest } from "node:http";
import {
  createSecureServer,
  type Http2ServerRequest,
  type Http2ServerResponse,
  type ServerHttp2Session,
} from "node:http2";
import type { AddressInfo, Socket } from "node:net";
import type { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import type { CertificateFiles } from "./certificates.ts";

/** What goes wrong with a request in HTTP/2. */
export type Http2Fault =
  /** Resets its stream with this code when so many bytes of the answer's body are sent, or instead of the answer. */
  | {
      readonly kind: "reset";
      readonly code: number;
      readonly afterBytes: number | undefined;
      /** Leaves out what says how long the answer is. */
      readonly withoutLength?: boolean;
    }
  /** Resets its stream at once with this code. */
  | { readonly kind: "refuse"; readonly code: number }
  /** Says after the answer that the connection takes no more requests. */
  | { readonly kind: "go-away" }
  /** Breaks the connection with all its requests. */
  | { readonly kind: "break" };

export interface FrontRequest {
  readonly method: string;
  readonly url: string;
  /** `2.0` or `1.1`. */
  readonly version: string;
  /** The client's, which tells connections apart. */
  readonly port: number;
}

export interface Http2FrontOptions {
  /** Host and port of the plain HTTP server that all requests are handed on to. */
  readonly target: string;
  readonly tls: CertificateFiles;
  /** Decides about a request in HTTP/2; `count` is how many came before. */
  readonly faultOf?: (request: FrontRequest, count: number) => Http2Fault | undefined;
  /** Whether HTTP/1.1 is not spoken. */
  readonly only?: boolean;
}

export interface Http2Front extends AsyncDisposable {
  readonly host: string;
  readonly requests: readonly FrontRequest[];
}

/** Starts a server that offers HTTP/2 and HTTP/1.1 over TLS, on a free port of the loopback interface. */
export async function startHttp2Front(options: Http2FrontOptions): Promise<Http2Front> {
  const { certificate, key } = options.tls;
  const requests: FrontRequest[] = [];
  const sockets = new Set<Socket>();
  const sessions = new Set<ServerHttp2Session>();
  const server = createSecureServer({
    allowHTTP1: options.only !== true,
    cert: await readFile(certificate),
    key: await readFile(key),
  });
  server.on("secureConnection", (socket) => {
    socket.setNoDelay(true);
    sockets.add(socket);
  });
  server.on("session", (session) => {
    sessions.add(session);
    session.on("error", () => undefined);
  });
  server.on("request", (incoming, outgoing) => {
    const { httpVersion: version, method, url } = incoming;
    const port = incoming.socket.remotePort ?? 0;
    const request = { method, url, version, port };
    const fault = version === "2.0" ? options.faultOf?.(request, requests.length) : undefined;
    requests.push(request);
    // A client or server that breaks off is what these tests are about.
    act(incoming, outgoing, { fault, target: options.target }).catch(() => outgoing.destroy());
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    host: `127.0.0.1:${(server.address() as AddressInfo).port}`,
    requests,
    async [Symbol.asyncDispose]() {
      for (const session of sessions) session.destroy();
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, "close");
    },
  };
}

async function act(
  incoming: Http2ServerRequest,
  outgoing: Http2ServerResponse,
  { fault, target }: { readonly fault: Http2Fault | undefined; readonly target: string },
): Promise<void> {
  incoming.on("error", () => undefined);
  switch (fault?.kind) {
    case "break":
      incoming.stream.session?.destroy();
      break;
    case "refuse":
      incoming.stream.close(fault.code);
      break;
    case "reset":
      await forwardPart(incoming, outgoing, { fault, target });
      break;
    case "go-away":
    case undefined: {
      const answer = await ask(incoming, target);
      outgoing.writeHead(answer.statusCode ?? 502, headersOf(answer.headers));
      await pipeline(answer, outgoing);
      if (fault !== undefined) incoming.stream.session?.goaway();
    }
  }
}

async function forwardPart(
  incoming: Http2ServerRequest,
  outgoing: Http2ServerResponse,
  { fault, target }: { readonly fault: Http2Fault & { kind: "reset" }; readonly target: string },
): Promise<void> {
  const answer = await ask(incoming, target);
  if (fault.afterBytes !== undefined) {
    const headers = headersOf(answer.headers);
    if (fault.withoutLength === true) delete headers["content-length"];
    outgoing.writeHead(answer.statusCode ?? 502, headers);
    if (!(await sendPart(answer, outgoing, fault.afterBytes))) return;
  }
  incoming.stream.close(fault.code);
}

async function ask(incoming: Http2ServerRequest, target: string): Promise<IncomingMessage> {
  const { authority, headers, method, url } = incoming;
  const forwarded = headersOf(headers);
  const upstream = sendRequest(`http://${target}${url}`, {
    method,
    headers: { host: authority, ...forwarded },
  });
  upstream.on("error", () => undefined);
  const answered = once(upstream, "response");
  await Promise.all([pipeline(incoming as Readable, upstream), answered]);
  return (await answered)[0] as IncomingMessage;
}

/** Headers without those that only the other protocol has. */
function headersOf(headers: IncomingHttpHeaders): IncomingHttpHeaders {
  const left = new Set(["connection", "keep-alive", "transfer-encoding"]);
  return Object.fromEntries(
    Object.entries(headers).filter(([name]) => !name.startsWith(":") && !left.has(name)),
  );
}

/** Sends the first `bytes`; tells whether there were more. */
async function sendPart(body: Readable, to: Http2ServerResponse, bytes: number): Promise<boolean> {
  let left = bytes;
  for await (const chunk of body as AsyncIterable<Buffer>) {
    const part = chunk.subarray(0, left);
    left -= part.length;
    await new Promise<void>((resolve) => void to.write(part, () => resolve()));
    if (part.length < chunk.length) return true;
  }
  to.end();
  return false;
}
