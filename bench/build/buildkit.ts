import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdir, writeFile } from "node:fs/promises";
import path from "node:path";
import { text } from "node:stream/consumers";
import { setTimeout } from "node:timers/promises";
import { measure } from "../measure.ts";
import type { Builder, BuildRequest } from "./builders.ts";

/** The programs of BuildKit. */
export interface BuildkitPrograms {
  readonly buildkitd: string;
  readonly buildctl: string;
}

const startMilliseconds = 30_000;
const askMilliseconds = 100;

/**
 * BuildKit with a daemon for each build, which finds what an earlier one with the same scratch directory has stored.
 * The daemon's start is not in the time; what it takes while the build runs is in processor time and memory.
 */
export function buildkit(programs: BuildkitPrograms): Builder {
  return {
    name: "BuildKit",
    build: async (request) => {
      const socket = `unix://${request.scratch}/buildkitd.sock`;
      await using daemon = await startDaemon(programs, socket, request);
      return await measure(buildctl(programs, socket, request), daemon.pid);
    },
  };
}

function buildctl(
  programs: BuildkitPrograms,
  socket: string,
  { context, registry, destination, cached }: BuildRequest,
): readonly string[] {
  return [
    programs.buildctl,
    `--addr=${socket}`,
    "build",
    "--frontend=dockerfile.v0",
    `--local=context=${context}`,
    `--local=dockerfile=${context}`,
    `--opt=build-arg:REGISTRY=${registry}`,
    "--progress=plain",
    `--output=type=image,name=${destination},push=true,registry.insecure=true`,
    ...(cached ? [] : ["--no-cache"]),
  ];
}

interface Daemon extends AsyncDisposable {
  readonly pid: number;
}

async function startDaemon(
  { buildkitd, buildctl: client }: BuildkitPrograms,
  socket: string,
  { scratch, registry }: BuildRequest,
): Promise<Daemon> {
  await mkdir(scratch, { recursive: true });
  const config = path.join(scratch, "buildkitd.toml");
  await writeFile(config, `[registry."${registry}"]\n  http = true\n`);
  const child = spawn(
    buildkitd,
    [
      `--config=${config}`,
      `--root=${scratch}/buildkit`,
      `--addr=${socket}`,
      "--oci-worker=true",
      "--oci-worker-net=host",
      "--containerd-worker=false",
    ],
    { stdio: ["ignore", "ignore", "pipe"] },
  );
  await once(child, "spawn");
  const said = text(child.stderr);
  const ended = once(child, "exit");
  const stop = async (): Promise<void> => {
    child.kill();
    await ended;
  };
  if (!(await answers([client, `--addr=${socket}`, "debug", "workers"]))) {
    await stop();
    throw new Error(`buildkitd does not answer: ${await said}`);
  }
  return { pid: child.pid ?? 0, [Symbol.asyncDispose]: stop };
}

/** Whether the daemon answers a command before it is too late. */
async function answers([program = "", ...args]: readonly string[]): Promise<boolean> {
  for (const end = performance.now() + startMilliseconds; performance.now() < end; ) {
    const [code] = (await once(spawn(program, args, { stdio: "ignore" }), "exit")) as [number];
    if (code === 0) return true;
    await setTimeout(askMilliseconds);
  }
  return false;
}
