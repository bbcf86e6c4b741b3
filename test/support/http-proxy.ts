import { once } from "node:events";
import { createServer, request as sendRequest } from "node:http";
import { type AddressInfo, connect, type Socket } from "node:net";
import { pipeline } from "node:stream/promises";

/** What a proxy was asked for. */
export interface ProxiedRequest {
  readonly method: string;
  /** Host and port for a tunnel, the whole address else. */
  readonly target: string;
  readonly authorization: string | undefined;
}

export interface HttpProxy extends AsyncDisposable {
  readonly host: string;
  readonly requests: readonly ProxiedRequest[];
}

/** Starts a proxy on a free port of the loopback interface; it takes everyone to `target`, or answers `refusal`. */
export async function startHttpProxy(target: string, refusal?: number): Promise<HttpProxy> {
  const requests: ProxiedRequest[] = [];
  const sockets = new Set<Socket>();
  const [targetHost, targetPort] = target.split(":");
  const server = createServer((incoming, outgoing) => {
    const { method = "", url = "", headers } = incoming;
    requests.push({ method, target: url, authorization: headers["proxy-authorization"] });
    const { pathname, search } = new URL(url);
    const upstream = sendRequest(`http://${target}${pathname}${search}`, { method, headers });
    upstream.on("response", (response) => {
      outgoing.writeHead(response.statusCode ?? 500, response.headers);
      pipeline(response, outgoing).catch(() => outgoing.destroy());
    });
    pipeline(incoming, upstream).catch(() => outgoing.destroy());
  });
  server.on("connect", ({ method = "", url = "", headers }, client: Socket) => {
    requests.push({ method, target: url, authorization: headers["proxy-authorization"] });
    if (refusal !== undefined) {
      client.end(`HTTP/1.1 ${refusal} No\r\n\r\n`);
      return;
    }
    const upstream = connect(Number(targetPort), targetHost, () => {
      client.write("HTTP/1.1 200 OK\r\n\r\n");
      pipeline(client, upstream, client).catch(() => client.destroy());
    });
    for (const socket of [client, upstream]) sockets.add(socket);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    host: `127.0.0.1:${(server.address() as AddressInfo).port}`,
    requests,
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy();
      server.closeAllConnections();
      server.close();
      await once(server, "close");
    },
  };
}
