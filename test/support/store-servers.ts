import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { createInterface } from "node:readline";
import { text } from "node:stream/consumers";
import type { CertificateFiles } from "./certificates.ts";
import { cacheDirectory } from "./debian-image.ts";

/** A real server of an object store, which keeps its objects in a temporary directory. */
export interface StoreServer extends AsyncDisposable {
  /** `127.0.0.1:<port>` */
  readonly host: string;
}

/** Starts Azurite for one account, with the certificate of its host. */
export function startAzurite(
  account: { readonly name: string; readonly key: string },
  { certificate, key }: CertificateFiles,
): Promise<StoreServer> {
  const tls = [`--cert=${certificate}`, `--key=${key}`];
  const place = ["--blobHost=127.0.0.1", "--blobPort=0"];
  return start("azurite/dist/src/blob/main.js", {
    args: (directory) => [...place, ...tls, `--location=${directory}`, "--skipApiVersionCheck"],
    environment: { AZURITE_ACCOUNTS: `${account.name}:${account.key}` },
  });
}

/** Starts s3rver with a bucket. Its only user is `S3RVER`, with the same as secret key. */
export function startS3rver(bucket: string): Promise<StoreServer> {
  // It does not understand `--configure-bucket=NAME`.
  const place = ["--address", "127.0.0.1", "--port", "0", "--configure-bucket", bucket];
  return start("s3rver/bin/s3rver.js", {
    args: (directory) => [...place, "--directory", directory],
    environment: {},
  });
}

interface Program {
  readonly args: (directory: string) => readonly string[];
  readonly environment: Readonly<Record<string, string>>;
}

async function start(script: string, { args, environment }: Program): Promise<StoreServer> {
  const directory = await mkdtemp(path.join(tmpdir(), "slipway-store-"));
  const file = path.join(cacheDirectory(), "servers/node_modules", script);
  const server = spawn(process.execPath, [file, ...args(directory)], {
    cwd: directory,
    env: { PATH: process.env["PATH"], HOME: directory, ...environment },
    stdio: ["ignore", "pipe", "pipe"],
  });
  const errors = text(server.stderr);
  const ended = once(server, "close");
  let host: string | undefined;
  for await (const line of createInterface(server.stdout)) {
    host = /listen\w* on (?:https?:\/\/)?(\S+)$/.exec(line)?.[1];
    if (host !== undefined) break;
  }
  if (host === undefined) throw new Error(`${script} did not start: ${await errors}`);
  server.stdout.resume();
  return {
    host,
    async [Symbol.asyncDispose]() {
      // Azurite waits for connections that are kept alive.
      server.kill("SIGKILL");
      await ended;
      await rm(directory, { recursive: true, force: true });
    },
  };
}
