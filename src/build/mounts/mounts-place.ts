import { existsSync, lstatSync, readFileSync, renameSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import type { CachePlace, KeptEntry, PlaceContent } from "../../cache/cache-place.ts";
import { directorySize } from "../../cache/directory-size.ts";
import { namesIn } from "../../cache/remove-aside.ts";
import { FileLock } from "../../rootfs/file-lock.ts";
import { onDisk } from "../../rootfs/on-disk.ts";
import { removeDirectory } from "../../rootfs/remove-directory.ts";
import { guardOf, lockFileOf, partialOf, titleFileOf } from "./lasting-layout.ts";

const isNumber = /^\d+$/;

/** The directories of cache mounts that builds have in a `--cache-dir` (`LastingCaches`). */
export class MountsPlace implements CachePlace {
  readonly name: string;

  /** `directory` is the one that has them, absolute. */
  constructor(directory: string) {
    this.name = directory;
  }

  async list(): Promise<PlaceContent> {
    const entries: KeptEntry[] = [];
    for (const place of await numbersIn(this.name)) {
      for (const key of await namesIn(place)) {
        // What else is there, such as the file that shows who owns what, is no directory of directories.
        const pool = join(place, key);
        if (!existsSync(titleFileOf(pool))) continue;
        for (const directory of await numbersIn(pool)) entries.push(await entryOf(directory));
      }
    }
    return { entries, foreign: [] };
  }
}

async function numbersIn(directory: string): Promise<readonly string[]> {
  const names = await namesIn(directory);
  return names.filter((name) => isNumber.test(name)).map((name) => join(directory, name));
}

async function entryOf(directory: string): Promise<KeptEntry> {
  const pool = dirname(directory);
  const used = lstatSync(lockFileOf(directory), { throwIfNoEntry: false });
  return {
    names: [`${basename(pool)}-${basename(directory)}`],
    bytes: await directorySize(directory),
    timeMs: used?.mtimeMs ?? 0,
    description: `cache mount ${readFileSync(titleFileOf(pool), "utf8")}`,
    isLeftover: false,
    remove: (signal) => remove(directory, signal),
  };
}

/** A directory that a build has now is left to it. The lock stays: others may be waiting for it. */
async function remove(directory: string, signal: AbortSignal): Promise<boolean> {
  using lock = new FileLock(lockFileOf(directory));
  {
    using guard = guardOf(dirname(directory));
    await guard.waitFor(signal);
    if (!lock.try("exclusive")) return false;
    removeDirectory(partialOf(directory));
    onDisk("remove a cache mount", () => renameSync(directory, partialOf(directory)));
  }
  removeDirectory(partialOf(directory));
  return true;
}
