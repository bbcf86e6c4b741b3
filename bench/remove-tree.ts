import { execFile } from "node:child_process";
import { readFile, rm } from "node:fs/promises";
import { promisify } from "node:util";

const run = promisify(execFile);

/** Removes a directory with all it holds. What storage drivers have mounted in it is unmounted before, or it would stay. */
export async function removeTree(directory: string): Promise<void> {
  await unmountBelow(directory);
  await rm(directory, { recursive: true, force: true });
}

/** Unmounts what is mounted in a directory, the last first. */
export async function unmountBelow(directory: string): Promise<void> {
  const table = await readFile("/proc/self/mountinfo", "utf8");
  const points = table.split("\n").map((line) => line.split(" ")[4] ?? "");
  const inside = points.filter((point) => point.startsWith(`${directory}/`));
  for (const point of inside.toReversed()) await run("umount", ["--lazy", point]);
}
