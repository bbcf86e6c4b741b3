import { once } from "node:events";
import { readFile } from "node:fs/promises";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { TLSSocket } from "node:tls";
import { type Asked, bucketDialects, type Refusal } from "./bucket-dialects.ts";
import type { CertificateFiles } from "./certificates.ts";

/** What a server was asked. */
export interface BucketRequest {
  readonly host: string | undefined;
  readonly path: string;
  readonly query: string;
  readonly authorization: string | undefined;
  readonly range: string | undefined;
}

export interface BucketServer extends AsyncDisposable {
  /** `127.0.0.1:<port>`; as a proxy it is every host itself. */
  readonly host: string;
  /** All requests so far. */
  readonly requests: readonly BucketRequest[];
  /** Breaks the next answer with an object off after half of it; `then` is done meanwhile. */
  breakOnce(then?: () => void): void;
  /** Answers the next `count` requests with status 503. */
  failNext(count: number): void;
}

export interface BucketServerOptions {
  readonly dialect: keyof typeof bucketDialects;
  /** The one bucket that it has. */
  readonly bucket: string;
  readonly objects: Map<string, Buffer>;
  /** What the Authorization header, or else the query, has to hold. */
  readonly proof?: RegExp;
  /** Certificate of the hosts that it is as a proxy. */
  readonly files?: CertificateFiles;
}

/** Starts a server that has one bucket and speaks the protocol of one cloud, on the loopback interface. */
export async function startBucketServer(options: BucketServerOptions): Promise<BucketServer> {
  const requests: BucketRequest[] = [];
  let failures = 0;
  let broken: (() => void) | undefined;
  const server = createServer((request, response) => {
    requests.push(seen(request));
    if (failures > 0) {
      failures -= 1;
      response.writeHead(503).end();
      return;
    }
    const answer = answerTo(request, options);
    const isObject = answer.status < 300 && answer.isObject;
    answer.send(response, isObject ? broken : undefined);
    if (isObject) broken = undefined;
  });
  if (options.files !== undefined) {
    const { certificate, key } = options.files;
    const tls = { key: await readFile(key), cert: await readFile(certificate) };
    server.on("connect", (_request, socket) => {
      socket.write("HTTP/1.1 200 OK\r\n\r\n");
      server.emit("connection", new TLSSocket(socket, { isServer: true, ...tls }));
    });
  }
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    host: `127.0.0.1:${(server.address() as AddressInfo).port}`,
    requests,
    breakOnce: (then = () => undefined) => {
      broken = then;
    },
    failNext: (count) => {
      failures = count;
    },
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, "close");
    },
  };
}

function seen({ headers, url = "" }: IncomingMessage): BucketRequest {
  const { pathname: path, search: query } = new URL(url, "http://x");
  const { authorization, host } = headers;
  return { host, path, query, authorization, range: rangeOf(headers) };
}

function rangeOf(headers: IncomingMessage["headers"]): string | undefined {
  return headers.range ?? [headers["x-ms-range"]].flat()[0];
}

interface Answer {
  readonly status: number;
  readonly isObject: boolean;
  readonly send: (response: ServerResponse, broken: (() => void) | undefined) => void;
}

function answerTo(request: IncomingMessage, options: BucketServerOptions): Answer {
  const { page, read, refusal } = bucketDialects[options.dialect];
  const { pathname, searchParams, search } = new URL(request.url ?? "", "http://x");
  const asked = read(pathname, searchParams);
  if (asked === undefined) return textAnswer(404, "");
  const isKnown = options.proof?.test(request.headers.authorization ?? search) ?? true;
  const refused = refusalOf(asked, { ...options, isKnown, ifMatch: request.headers["if-match"] });
  if (refused !== undefined) {
    const { status, body } = refusal(refused);
    return textAnswer(status, body);
  }
  const { key, next, prefix } = asked;
  if (key !== undefined) return objectAnswer(options.objects.get(key), rangeOf(request.headers));
  const keys = [...options.objects.keys()].filter((each) => each.startsWith(prefix));
  return textAnswer(200, page(keys, next));
}

interface State extends BucketServerOptions {
  readonly isKnown: boolean;
  readonly ifMatch: string | undefined;
}

function refusalOf(
  { bucket, key, version }: Asked,
  { bucket: known, ifMatch, isKnown, objects }: State,
): Refusal | undefined {
  if (!isKnown) return "denied";
  if (bucket !== known) return "no-bucket";
  if (key === undefined) return undefined;
  const bytes = objects.get(key);
  if (bytes === undefined) return "no-object";
  const expected = ifMatch?.replaceAll('"', "") ?? version;
  return expected === undefined || expected === versionOf(bytes) ? undefined : "changed";
}

function versionOf(bytes: Buffer): string {
  return String(bytes.length);
}

function textAnswer(status: number, body: string): Answer {
  const send = (response: ServerResponse): void => {
    const type = body.startsWith("{") ? "application/json" : "application/xml";
    response.writeHead(status, { "content-type": type }).end(body);
  };
  return { status, isObject: false, send };
}

function objectAnswer(bytes: Buffer = Buffer.alloc(0), range: string | undefined): Answer {
  const version = versionOf(bytes);
  const from = Number(/^bytes=(\d+)-$/.exec(range ?? "")?.[1] ?? 0);
  const rest = bytes.subarray(from);
  const status = from === 0 ? 200 : 206;
  const headers = {
    "content-length": rest.length,
    "content-type": "application/octet-stream",
    "accept-ranges": "bytes",
    etag: `"${version}"`,
    "x-goog-generation": version,
    ...(from === 0 ? {} : { "content-range": `bytes ${from}-${bytes.length - 1}/${bytes.length}` }),
  };
  const send: Answer["send"] = (response, broken) => {
    response.writeHead(status, headers);
    if (broken === undefined) {
      response.end(rest);
      return;
    }
    response.write(rest.subarray(0, rest.length / 2), () => {
      broken();
      response.destroy();
    });
  };
  return { status, isObject: true, send };
}
