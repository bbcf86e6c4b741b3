import { openSync, readSync } from "node:fs";
import path from "node:path";
import { readVisible } from "./read-visible.ts";

/** What the memory controller says of this container. */
export interface MemoryFacts {
  /** Bytes; null without a limit. */
  readonly limit: number | null;
  /** How many processes were killed because it was reached; null where that is not said. */
  readonly oomKills: number | null;
}

// Version 1 writes the greatest multiple of a page where there is no limit.
const unlimited = 2 ** 60;

/**
 * Reads the limit that applies to this process: the least of its cgroup and those above, as far as
 * they are visible, of version 2 or 1 (https://docs.kernel.org/admin-guide/cgroup-v2.html, cgroup-v1/memory.html).
 * `root` is another `/`, for tests.
 */
export function memoryFacts(root = "/"): MemoryFacts {
  const directories = memoryCgroups(root);
  const limits = directories
    .flatMap((directory) => [`${directory}/memory.max`, `${directory}/memory.limit_in_bytes`])
    .map((file) => Number.parseInt(readVisible(file), 10))
    .filter((limit) => limit < unlimited);
  return {
    limit: limits.length === 0 ? null : Math.min(...limits),
    oomKills: oomKillsIn(readVisible(counterOf(directories) ?? "")),
  };
}

/**
 * Returns what counts the processes that are killed from now on because the limit is reached; also
 * once cgroups are hidden from us. Null where that is not said.
 */
export function watchOomKills(root = "/"): () => number | null {
  const file = counterOf(memoryCgroups(root));
  if (file === undefined) return () => null;
  const descriptor = openSync(file, "r");
  const read = (): number => {
    const buffer = Buffer.alloc(4096);
    const length = readSync(descriptor, buffer, { position: 0 });
    return oomKillsIn(buffer.toString("latin1", 0, length)) ?? 0;
  };
  const before = read();
  return () => read() - before;
}

function counterOf(directories: readonly string[]): string | undefined {
  return directories
    .flatMap((directory) => [`${directory}/memory.events`, `${directory}/memory.oom_control`])
    .find((file) => oomKillsIn(readVisible(file)) !== null);
}

function oomKillsIn(text: string): number | null {
  const count = /^oom_kill (\d+)$/m.exec(text)?.[1];
  return count === undefined ? null : Number(count);
}

/**
 * The directories of the memory cgroups of this process that may be visible, its own first. A container
 * without a cgroup namespace is told paths of the machine, but sees its own cgroup at the top.
 */
function memoryCgroups(root: string): string[] {
  const found: string[] = [];
  for (const line of readVisible(path.join(root, "proc/self/cgroup")).split("\n")) {
    const [, controllers, own] = line.split(":");
    if (controllers === undefined || own === undefined) continue;
    const isVersion2 = controllers === "";
    if (!isVersion2 && !controllers.split(",").includes("memory")) continue;
    const top = path.join(root, "sys/fs/cgroup", isVersion2 ? "" : "memory");
    for (let at = path.posix.normalize(own); ; at = path.posix.dirname(at)) {
      found.push(path.join(top, at));
      if (at === "/" || at === ".") break;
    }
  }
  return found;
}
