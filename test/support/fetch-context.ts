// A process of its own, since SDKs read the environment, and some keep what they found in it as long as they live.
import { mkdir, mkdtemp, readdir, readFile, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { Readable } from "node:stream";
import { defaultArchiveLimits } from "../../src/context/archive-limits.ts";
import { parseContextSource } from "../../src/context/context-source.ts";
import { fetchContext, type RemoteContext } from "../../src/context/fetch-context.ts";
import { isBuilderError } from "../../src/errors/builder-error.ts";
import { Spool } from "../../src/layer/spool.ts";
import { silentLogger } from "../../src/log/logger.ts";
import type { FetchOutcome } from "./fetch-context-of.ts";

const [entries = "", location = ""] = process.argv.slice(2);
const place = await mkdtemp(path.join(tmpdir(), "slipway-fetch-"));
const log: string[] = [];
const keep = (text: string, fields: object = {}): void =>
  void log.push(`${text} ${JSON.stringify(fields)}`);

async function fetchInto(directory: string): Promise<FetchOutcome> {
  await mkdir(directory);
  using spool = await Spool.open(directory);
  try {
    const fetched = await fetchContext(parseContextSource(location) as RemoteContext, {
      access: {
        spool,
        workDirectory: directory,
        environment: process.env,
        userAgent: "slipway-test",
        log: { ...silentLogger, info: keep, warn: keep },
        signal: new AbortController().signal,
        retry: { attempts: 3, baseDelayMs: 0, longestDelayMs: 0 },
      },
      directory: path.join(directory, "context"),
      limits: { ...defaultArchiveLimits, entries: Number(entries) },
      workingDirectory: directory,
      time: { seconds: 0, nanoseconds: 0 },
      stdin: Readable.from([]),
    });
    const files = await filesOf(fetched.directory);
    const { dockerfile } = fetched;
    return {
      files,
      log,
      ...(dockerfile === undefined ? {} : { dockerfile: await readFile(dockerfile, "utf8") }),
    };
  } catch (error) {
    if (!isBuilderError(error)) throw error;
    const { code, hint = "", message } = error;
    return { files: {}, log, error: { code, hint, message } };
  }
}

async function filesOf(directory: string): Promise<FetchOutcome["files"]> {
  const found: Record<string, string> = {};
  for (const name of await readdir(directory, { recursive: true })) {
    const file = path.join(directory, name);
    const status = await stat(file);
    found[name] = status.isFile() ? await readFile(file, "utf8") : "/";
  }
  return found;
}

const outcome = await fetchInto(path.join(place, "work"));
await rm(place, { recursive: true });
process.stdout.write(JSON.stringify(outcome));
