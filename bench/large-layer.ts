// `npm run bench:large [-- GIGABYTES]`: builds a layer of 5 GB, pushes, fetches and copies it, and shows what that takes. What it shows
// does not depend on the size, but for the time. Needs room for five times the size in the temporary directory.
import { randomBytes } from "node:crypto";
import { mkdir, mkdtemp, open, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { startDockerRegistry } from "../test/support/docker-registry.ts";
import { type Measurement, measure } from "./measure.ts";

const gigabytes = Number(process.argv[2] ?? "5");
const megabyte = 1e6;
const blockBytes = 50 * megabyte;

/** Blocks of this length are the same to no compression that a layer gets: none looks back so far. */
const contents: Readonly<Record<string, () => Buffer>> = {
  "that cannot be compressed": () => randomBytes(blockBytes),
  "of hexadecimal digits": () => Buffer.from(randomBytes(blockBytes / 2).toString("hex")),
};

const compressions = ["gzip", "zstd"] as const;

for (const [title, makeBlock] of Object.entries(contents)) {
  const directory = await mkdtemp(path.join(tmpdir(), "slipway-large-"));
  try {
    process.stdout.write(`a file of ${gigabytes} GB ${title}\n`);
    await writeContext(path.join(directory, "context"), makeBlock());
    for (const compression of compressions) await tryOne(directory, compression);
  } finally {
    await rm(directory, { recursive: true });
  }
}

async function writeContext(context: string, block: Buffer): Promise<void> {
  await mkdir(context);
  await writeFile(path.join(context, "Dockerfile"), "FROM scratch\nCOPY large /\n");
  await using file = await open(path.join(context, "large"), "w");
  for (let left = gigabytes * 1000 * megabyte; left > 0; left -= block.length) {
    await file.writeFile(block.subarray(0, left));
  }
}

async function tryOne(
  directory: string,
  compression: (typeof compressions)[number],
): Promise<void> {
  await using from = await startDockerRegistry();
  await using to = await startDockerRegistry();
  const [source, copy] = [`${from.host}/large:1`, `${to.host}/large:1`];
  const scratch = path.join(directory, "scratch");
  const [work, cache] = [path.join(scratch, "work"), path.join(scratch, "cache")];
  const commands = {
    build: [
      `--context=${path.join(directory, "context")}`,
      `--dockerfile=${path.join(directory, "context/Dockerfile")}`,
      `--work-dir=${work}`,
      `--compression=${compression}`,
      `--destination=${source}`,
    ],
    warm: [`--cache-dir=${cache}`, `--image=${source}`],
    copy: [source, copy],
  };
  for (const [command, args] of Object.entries(commands)) {
    await mkdir(work, { recursive: true });
    const insecure = [from, to].map(({ host }) => `--insecure-registry=${host}`);
    const cost = await measure([
      process.execPath,
      path.resolve("dist/slipway.mjs"),
      command,
      ...args,
      ...insecure,
    ]);
    await rm(scratch, { recursive: true });
    report(`${compression} ${command}`, cost);
  }
}

function report(what: string, { milliseconds, processPeakBytes }: Measurement): void {
  const [seconds, peak] = [milliseconds / 1000, processPeakBytes / megabyte];
  const rate = (gigabytes * 1000) / seconds;
  process.stdout.write(
    `  ${what.padEnd(12)} ${seconds.toFixed(0).padStart(4)} s  ${rate.toFixed(0).padStart(4)} MB/s  peak ${peak.toFixed(0).padStart(4)} MB\n`,
  );
}
