// Makes dist/slipway.bundle.cache, which dist/slipway.mjs reads (loader.mjs). Equal bundles at equal paths give equal bytes with equal Nodes.
import { isAscii } from "node:buffer";
import { execFile } from "node:child_process";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { promisify } from "node:util";
import { crc32 } from "node:zlib";

const run = promisify(execFile);

/** What makes V8 compile the same functions each time, keep them, and leave nothing of other memory in what it writes. */
const steadyFlags = [
  "--hash-seed=1",
  "--no-flush-bytecode",
  "--min-semi-space-size=64",
  "--no-concurrent-recompilation",
  "--no-sparkplug",
];

const directory = path.resolve(process.argv[2] ?? "dist");
const scratch = await mkdtemp(path.join(tmpdir(), "slipway-code-cache-"));
try {
  const recorder = path.join(import.meta.dirname, "record-code-cache.ts");
  const output = path.join(scratch, "code");
  await run(
    process.execPath,
    [...steadyFlags, recorder, path.join(directory, "slipway.mjs"), scratch, output],
    { env: { PATH: process.env["PATH"], HOME: scratch, UV_THREADPOOL_SIZE: "1" } },
  );
  const source = await readFile(path.join(directory, "slipway.bundle.js"));
  if (!isAscii(source)) throw new Error("the bundle is read as ASCII, and is not");
  const code = await readFile(output);
  const check = Buffer.alloc(4);
  check.writeUInt32BE(crc32(code, crc32(source)));
  await writeFile(path.join(directory, "slipway.bundle.cache"), Buffer.concat([code, check]));
} finally {
  await rm(scratch, { recursive: true });
}
