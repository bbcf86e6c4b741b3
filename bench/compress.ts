// `npm run bench:compress`: slipway's compression of a layer against Debian's pigz and zstd at the same level,
// in turns. Fails where a result is more than 2 % larger, or takes more than 1.3 times as long.
import { execFile } from "node:child_process";
import { createReadStream } from "node:fs";
import { mkdtemp, open, readdir, rm, stat } from "node:fs/promises";
import { availableParallelism, tmpdir } from "node:os";
import path from "node:path";
import { pipeline } from "node:stream/promises";
import { promisify } from "node:util";
import { createGunzip } from "node:zlib";
import { compressLayer } from "../src/layer/compress.ts";
import type { LayerCompression } from "../src/layer/layer-blob.ts";
import { debianImage } from "../test/support/debian-image.ts";

process.env["UV_THREADPOOL_SIZE"] ??= String(Math.max(4, availableParallelism() + 2));

const run = promisify(execFile);
const rounds = 5;
/** Where a case takes too long, what else the machine does may be to blame. */
const mostRounds = 20;
const limits = { size: 1.02, time: 1.3 };
const blockBytes = 256 * 1024;

const cases: readonly (readonly [LayerCompression, peer: readonly string[]])[] = [
  ...[1, 6, 9].map((level) => [{ algorithm: "gzip", level }, ["pigz", `-${level}`]] as const),
  ...[1, 3, 9].map(
    (level) => [{ algorithm: "zstd", level }, ["zstd", "-T0", `-${level}`]] as const,
  ),
];

interface Result {
  readonly bytes: number;
  readonly milliseconds: number;
}

const directory = await mkdtemp(path.join(tmpdir(), "slipway-compress-"));
let isWithin = true;
try {
  const layer = await unpackLayer();
  process.stdout.write(
    `a layer of ${((await stat(layer)).size / 1e6).toFixed(0)} MB, ${availableParallelism()} cores, ` +
      `the best of ${rounds} or more, ratio to the program of Debian\n`,
  );
  for (const [compression, peer] of cases) await compare(layer, compression, peer);
} finally {
  await rm(directory, { recursive: true });
}
if (!isWithin) process.exitCode = 1;

async function compare(
  layer: string,
  compression: LayerCompression,
  peer: readonly string[],
): Promise<void> {
  const [ours, theirs]: [Result[], Result[]] = [[], []];
  const ratio = (key: keyof Result): number => least(ours, key) / least(theirs, key);
  const isSettled = (): boolean => ours.length >= rounds && ratio("milliseconds") <= limits.time;
  while (!isSettled() && ours.length < mostRounds) {
    ours.push(await timed((to) => compressByUs(layer, compression, to)));
    theirs.push(await timed((to) => compressBy(peer, layer, to)));
  }
  const [size, time] = [ratio("bytes"), ratio("milliseconds")];
  const verdict = size <= limits.size && time <= limits.time ? "" : "  TOO MUCH";
  if (verdict !== "") isWithin = false;
  const seconds = (least(ours, "milliseconds") / 1000).toFixed(2);
  process.stdout.write(
    `  ${peer.join(" ").padEnd(12)}  size ${size.toFixed(3)}  time ${time.toFixed(2)}  ${seconds} s${verdict}\n`,
  );
}

async function timed(compress: (to: string) => Promise<void>): Promise<Result> {
  const to = path.join(directory, "compressed");
  const start = performance.now();
  await compress(to);
  return { milliseconds: performance.now() - start, bytes: (await stat(to)).size };
}

async function compressByUs(
  from: string,
  compression: LayerCompression,
  to: string,
): Promise<void> {
  await using file = await open(to, "w");
  for await (const piece of compressLayer(blocksOf(from), compression)) await file.writeFile(piece);
}

async function compressBy(peer: readonly string[], from: string, to: string): Promise<void> {
  await run("sh", [
    "-c",
    'to=$1; from=$2; shift 2; exec "$@" -c "$from" >"$to"',
    "sh",
    to,
    from,
    ...peer,
  ]);
}

/**
 * Reads a file in blocks as large as those of `tarBlocks`.
 *
 * @yields the blocks.
 */
async function* blocksOf(from: string): AsyncGenerator<Buffer> {
  await using file = await open(from);
  for (;;) {
    const block = Buffer.allocUnsafeSlow(blockBytes);
    const { bytesRead } = await file.read(block, 0, blockBytes);
    if (bytesRead === 0) return;
    yield block.subarray(0, bytesRead);
  }
}

/** The layer of a Debian image, as a tar archive. */
async function unpackLayer(): Promise<string> {
  const blobs = path.join(await debianImage(), "blobs/sha256");
  const sizes = await Promise.all(
    (await readdir(blobs)).map(
      async (name) => [name, (await stat(path.join(blobs, name))).size] as const,
    ),
  );
  const [largest] = sizes.toSorted(([, one], [, other]) => other - one);
  const layer = path.join(directory, "layer.tar");
  await using file = await open(layer, "w");
  await pipeline(
    createReadStream(path.join(blobs, largest?.[0] ?? "")),
    createGunzip(),
    file.createWriteStream(),
  );
  return layer;
}

/** The least of the rounds: what else the machine does can only add to it. */
function least(results: readonly Result[], key: keyof Result): number {
  return Math.min(...results.map((result) => result[key]));
}
