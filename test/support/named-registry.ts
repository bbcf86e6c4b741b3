import { once } from "node:events";
import { readFile, writeFile } from "node:fs/promises";
import { type IncomingMessage, type ServerResponse, request as sendRequest } from "node:http";
import { createServer } from "node:https";
import path from "node:path";
import { pipeline } from "node:stream/promises";
import { makeCertificate } from "./certificates.ts";

export interface NamedRegistryOptions {
  /** The name that it answers to. */
  readonly name: string;
  /** Host and port of the registry behind it. */
  readonly registry: string;
  /** Host and port of what answers under `/oauth2/`, which registries of Azure's have. */
  readonly exchange?: string;
  /** For its certificate and the file of names. */
  readonly directory: string;
}

/** A registry under a name that this machine does not know. */
export interface NamedRegistry extends AsyncDisposable {
  /** The path of its certificate. */
  readonly certificate: string;
  /** What makes programs find it by its name (https://cwrap.org/nss_wrapper.html). */
  readonly environment: Readonly<Record<string, string>>;
}

/** Serves HTTPS on its usual port, which takes root, of a loopback address that nobody else has. */
export async function startNamedRegistry(options: NamedRegistryOptions): Promise<NamedRegistry> {
  const { directory, name } = options;
  const files = await makeCertificate(directory, name, [name]);
  const tls = { cert: await readFile(files.certificate), key: await readFile(files.key) };
  const server = createServer(tls, (incoming, outgoing) => {
    forward(options, incoming, outgoing).catch(() => outgoing.destroy());
  });
  const address = `127.${process.pid % 250}.${Math.floor(process.pid / 250) % 250}.77`;
  server.listen(443, address);
  await once(server, "listening");
  const hosts = path.join(directory, "hosts");
  await writeFile(hosts, `${address} ${name}\n`);
  return {
    certificate: files.certificate,
    environment: { LD_PRELOAD: "libnss_wrapper.so", NSS_WRAPPER_HOSTS: hosts },
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, "close");
    },
  };
}

async function forward(
  { exchange, registry }: NamedRegistryOptions,
  incoming: IncomingMessage,
  outgoing: ServerResponse,
): Promise<void> {
  const { headers, method, url = "" } = incoming;
  const target = url.startsWith("/oauth2/") ? (exchange ?? registry) : registry;
  const upstream = sendRequest(`http://${target}${url}`, {
    method,
    headers: { ...headers, "x-forwarded-proto": "https" },
    agent: false,
  });
  const answered = once(upstream, "response") as Promise<[IncomingMessage]>;
  await pipeline(incoming, upstream);
  const [response] = await answered;
  outgoing.writeHead(response.statusCode ?? 500, response.headers);
  await pipeline(response, outgoing);
}
