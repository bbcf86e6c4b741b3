import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFile, writeFile } from "node:fs/promises";
import path from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { freePort } from "./free-port.ts";
import { makeTemporaryDirectory } from "./temporary-directory.ts";

/** Debian's nginx. */
export interface Nginx extends AsyncDisposable {
  readonly host: string;
  /** A line for each request that has been answered: status, method, address, what came as Authorization (`-` where nothing did), protocol. */
  log(): Promise<readonly string[]>;
}

export interface NginxOptions {
  /** What stands in the server's block. */
  readonly server: string;
  /** What stands beside it. */
  readonly http?: string;
  /** Serves HTTPS with this certificate. */
  readonly tls?: { readonly certificate: string; readonly key: string };
  /** Whether it offers HTTP/2, too. */
  readonly http2?: boolean;
}

/** Starts one on a free port of the loopback interface. */
export async function startNginx(options: NginxOptions): Promise<Nginx> {
  const directory = await makeTemporaryDirectory();
  const host = `127.0.0.1:${await freePort()}`;
  const file = path.join(directory.path, "nginx.conf");
  await writeFile(file, configOf(directory.path, host, options));
  const program = spawn("nginx", ["-c", file, "-e", path.join(directory.path, "error.log")], {
    stdio: "ignore",
  });
  const ended = once(program, "exit");
  await listening(host, ended);
  return {
    host,
    log: async () => {
      // A line is written after the answer was sent, but before the only process looks at the next request.
      await ask(host);
      const text = await readFile(path.join(directory.path, "access.log"), "utf8");
      return text.split("\n").filter((line) => line !== "" && !line.includes(" HEAD / "));
    },
    async [Symbol.asyncDispose]() {
      program.kill("SIGTERM");
      await ended;
      await directory[Symbol.asyncDispose]();
    },
  };
}

function configOf(
  directory: string,
  host: string,
  { server, http = "", tls, http2 = false }: NginxOptions,
): string {
  const secure =
    tls === undefined ? "" : `ssl_certificate ${tls.certificate}; ssl_certificate_key ${tls.key};`;
  const places = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"]
    .map((name) => `${name}_temp_path ${directory}/${name};`)
    .join(" ");
  // One process, so that what is counted is counted in one place.
  return `
daemon off;
master_process off;
pid ${directory}/pid;
events { worker_connections 256; }
http {
  ${places}
  log_format asked '$status $request_method $request_uri $http_authorization $server_protocol';
  access_log ${directory}/access.log asked;
  ${http}
  server {
    listen ${host}${tls === undefined ? "" : " ssl"}${http2 ? " http2" : ""};
    ${secure}
    ${server}
  }
}
`;
}

async function listening(host: string, ended: Promise<unknown>): Promise<void> {
  for (let isOver = false; ; ) {
    if (await ask(host)) return;
    if (isOver) throw new Error("nginx did not start");
    isOver = await Promise.race([ended.then(() => true), delay(20, false)]);
  }
}

/** Sends a request that `log` leaves out, and tells whether it was answered. */
function ask(host: string): Promise<boolean> {
  return fetch(`http://${host}/`, { method: "HEAD" }).then(
    () => true,
    () => false,
  );
}
