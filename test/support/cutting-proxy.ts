import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Socket } from "node:net";

/** A server that hands connections on, and breaks each when so many bytes have gone through it, both ways together. */
export interface CuttingProxy extends AsyncDisposable {
  readonly host: string;
  /** How many connections it has broken. */
  cuts(): number;
}

/** Starts one; `bytesOf` says of the next connection how much it lasts, `Infinity` for one that is never broken. */
export async function startCuttingProxy(
  target: string,
  bytesOf: () => number,
): Promise<CuttingProxy> {
  const [host, port] = target.split(":");
  const sockets = new Set<Socket>();
  let cuts = 0;
  const server = createServer({ noDelay: true }, (client) => {
    const upstream = connect({ port: Number(port), host, noDelay: true });
    let left = bytesOf();
    const cut = (): void => {
      client.destroy();
      upstream.destroy();
    };
    const hand = (from: Socket, to: Socket): void => {
      sockets.add(from);
      from.on("error", cut);
      from.on("close", () => sockets.delete(from));
      from.on("end", () => to.end());
      from.on("data", (chunk: Buffer) => {
        const part = chunk.subarray(0, left);
        left -= part.length;
        if (!to.destroyed && !to.write(part)) {
          from.pause();
          to.once("drain", () => from.resume());
        }
        if (left > 0) return;
        cuts += 1;
        cut();
      });
    };
    hand(client, upstream);
    hand(upstream, client);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    host: `127.0.0.1:${(server.address() as AddressInfo).port}`,
    cuts: () => cuts,
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, "close");
    },
  };
}
