import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Socket } from "node:net";

/** Bytes of both directions, HTTP's headers included. */
export interface Traffic {
  readonly fromRegistry: number;
  readonly toRegistry: number;
}

/** A server on loopback that hands connections on, and counts what goes through it. */
export interface CountingProxy extends AsyncDisposable {
  /** Host and port, as in image references. */
  readonly host: string;
  /** What has gone through since it was asked before. */
  take(): Traffic;
}

/** Starts one in front of `target`, a host and a port. */
export async function startCountingProxy(target: string): Promise<CountingProxy> {
  const [host, port] = target.split(":");
  const sockets = new Set<Socket>();
  let traffic = { fromRegistry: 0, toRegistry: 0 };
  const join = (from: Socket, to: Socket, direction: keyof Traffic): void => {
    sockets.add(from);
    from.on("close", () => sockets.delete(from));
    from.on("error", () => to.destroy());
    from.on("data", (chunk: Buffer) => {
      traffic[direction] += chunk.length;
    });
    from.pipe(to);
  };
  const server = createServer({ noDelay: true, allowHalfOpen: true }, (client) => {
    const upstream = connect({ port: Number(port), host, noDelay: true, allowHalfOpen: true });
    join(client, upstream, "toRegistry");
    join(upstream, client, "fromRegistry");
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    host: `127.0.0.1:${(server.address() as AddressInfo).port}`,
    take() {
      const taken = traffic;
      traffic = { fromRegistry: 0, toRegistry: 0 };
      return taken;
    },
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, "close");
    },
  };
}
