import { type ChildProcess, execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { promisify } from "node:util";
import { freePort } from "./free-port.ts";

const run = promisify(execFile);

/** How a registry of the tests is set up; without any of it, it is open to all over plain HTTP. */
export interface DockerRegistryOptions {
  /** Asks for basic authentication as this user. */
  readonly basic?: { readonly username: string; readonly password: string };
  /** Asks for tokens of this server. `certificate` is the path of the certificate of its key. */
  readonly token?: {
    readonly realm: string;
    readonly service: string;
    readonly issuer: string;
    readonly certificate: string;
  };
  /** Serves HTTPS with this certificate; asks for client certificates of `clientAuthority`, where given. */
  readonly tls?: {
    readonly certificate: string;
    readonly key: string;
    readonly clientAuthority?: string;
  };
  readonly readOnly?: boolean;
  /** Whether manifests and blobs can be deleted. Default false. */
  readonly delete?: boolean;
}

/** A running registry: Debian's `docker-registry`, with its storage in a temporary directory. */
export interface DockerRegistry extends AsyncDisposable {
  /** Host and port, as in image references. */
  readonly host: string;
  /** The directory of its storage; `docker/registry/v2` below it holds blobs and repositories. */
  readonly directory: string;
  /** What it has logged so far: a line for each request, with method, URI and status. */
  log(): string;
}

/** Starts a registry on a free port of the loopback interface. Disposing ends it and removes its storage. */
export async function startDockerRegistry(
  options: DockerRegistryOptions = {},
): Promise<DockerRegistry> {
  const directory = await mkdtemp(path.join(tmpdir(), "slipway-registry-"));
  // Another process can take the free port before the registry does.
  for (let attempt = 1; ; attempt += 1) {
    const host = `127.0.0.1:${await freePort()}`;
    const program = await start(await writeConfig(directory, host, options));
    if (program === undefined && attempt < 5) continue;
    if (program === undefined) throw new Error("docker-registry did not start");
    return {
      host,
      directory,
      log: program.log,
      async [Symbol.asyncDispose]() {
        const ended = once(program.process, "exit");
        program.process.kill();
        await ended;
        await rm(directory, { recursive: true, force: true });
      },
    };
  }
}

interface Program {
  readonly process: ChildProcess;
  readonly log: () => string;
}

/** Starts the program and waits until it listens; gives undefined when it ends before. */
async function start(configFile: string): Promise<Program | undefined> {
  const program = spawn("docker-registry", ["serve", configFile], {
    stdio: ["ignore", "ignore", "pipe"],
  });
  await once(program, "spawn");
  let text = "";
  const listens = new Promise<Program>((resolve) => {
    // The pipe is read to its end, or the registry would block on a full one.
    program.stderr.on("data", (chunk: Buffer) => {
      text += chunk.toString();
      if (text.includes("listening on ")) resolve({ process: program, log: () => text });
    });
  });
  return Promise.race([listens, once(program, "exit").then(() => undefined)]);
}

/** The registry reads YAML, of which JSON is a part. */
async function writeConfig(
  directory: string,
  host: string,
  options: DockerRegistryOptions,
): Promise<string> {
  const { tls } = options;
  const clients = tls?.clientAuthority === undefined ? {} : { clientcas: [tls.clientAuthority] };
  const config = {
    version: 0.1,
    log: { level: "info", accesslog: { disabled: true } },
    storage: {
      filesystem: { rootdirectory: directory },
      delete: { enabled: options.delete ?? false },
      maintenance: {
        readonly: { enabled: options.readOnly ?? false },
        uploadpurging: { enabled: false },
      },
    },
    // Manifests with foreign layers are refused where nothing is permitted.
    validation: { manifests: { urls: { allow: ["^https://"] } } },
    http: {
      addr: host,
      secret: "only for tests",
      ...(tls === undefined
        ? {}
        : { tls: { certificate: tls.certificate, key: tls.key, ...clients } }),
    },
    ...(await authOf(directory, options)),
  };
  const file = path.join(directory, "config.yml");
  await writeFile(file, JSON.stringify(config));
  return file;
}

async function authOf(directory: string, { basic, token }: DockerRegistryOptions): Promise<object> {
  if (token !== undefined) {
    const { realm, service, issuer, certificate } = token;
    return { auth: { token: { realm, service, issuer, rootcertbundle: certificate } } };
  }
  if (basic === undefined) return {};
  const file = path.join(directory, "htpasswd");
  // Cost 4 is bcrypt's least: the registry computes it for each request.
  const made = await run("htpasswd", ["-nbB", "-C", "4", basic.username, basic.password]);
  await writeFile(file, made.stdout);
  return { auth: { htpasswd: { realm: "tests", path: file } } };
}
