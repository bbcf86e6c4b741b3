import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { once } from "node:events";
import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { type AddressInfo, connect, createServer } from "node:net";
import path from "node:path";
import { deflateSync, gunzipSync, gzipSync } from "node:zlib";
import { markdownTable } from "./build/table.ts";
import { openFreshDisk } from "./fresh-disk.ts";

const megabytes = 128;
const files = 20_000;

/**
 * What the machine can do at best, as a Markdown table: no builder can be faster than the slowest of these for the
 * bytes and files that it has to deal with. `place` is a directory that does not exist yet.
 */
export async function machineTable(place: string): Promise<string> {
  // As good as what is in images: a program.
  const program = readFileSync(process.execPath).subarray(0, 2 ** 20 * 32);
  const bytes = Buffer.concat([program, program, program, program]);
  const packed = gzipSync(bytes);
  await using disk = await openFreshDisk(place);
  const rows: readonly (readonly [string, string])[] = [
    ["sha256", rate(() => createHash("sha256").update(bytes).digest())],
    ["gzip undone, bytes that come out", rate(() => gunzipSync(packed))],
    ["gzip -6, bytes that go in", rate(() => deflateSync(bytes, { level: 6 }))],
    [
      "written to disk, and flushed",
      rate(() => writeFileSync(path.join(disk.path, "file"), bytes, { flush: true })),
    ],
    ["over loopback", `${(await loopbackRate(bytes)).toFixed(0)} MB/s`],
    ["a file of 2 kB, made", `${microseconds(() => makeFiles(disk.path, bytes)).toFixed(0)} µs`],
    [
      "a file of 2 kB, removed",
      `${microseconds(() => rmSync(path.join(disk.path, "files"), { recursive: true })).toFixed(0)} µs`,
    ],
    ["a program started", `${(1000 * startSeconds("/bin/true")).toFixed(1)} ms`],
    ["Node.js started", `${(1000 * startSeconds(process.execPath, "-e", "0")).toFixed(0)} ms`],
  ];
  return markdownTable(["on one core", ""], rows);
}

function seconds(action: () => void): number {
  const start = performance.now();
  action();
  return (performance.now() - start) / 1000;
}

function rate(action: () => void): string {
  return `${(megabytes / seconds(action)).toFixed(0)} MB/s`;
}

function microseconds(action: () => void): number {
  return (seconds(action) / files) * 1e6;
}

function startSeconds(program: string, ...args: readonly string[]): number {
  const times = 20;
  return (
    seconds(() => {
      for (let at = 0; at < times; at += 1) spawnSync(program, args);
    }) / times
  );
}

function makeFiles(directory: string, content: Buffer): void {
  for (let at = 0; at < files; at += 1) {
    const inside = path.join(directory, "files", String(Math.floor(at / 100)));
    if (at % 100 === 0) mkdirSync(inside, { recursive: true });
    writeFileSync(path.join(inside, String(at)), content.subarray(0, 2000));
  }
}

async function loopbackRate(bytes: Buffer): Promise<number> {
  const server = createServer((socket) => socket.end(bytes));
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const start = performance.now();
  const socket = connect((server.address() as AddressInfo).port, "127.0.0.1");
  socket.resume();
  await once(socket, "close");
  server.close();
  return megabytes / ((performance.now() - start) / 1000);
}
