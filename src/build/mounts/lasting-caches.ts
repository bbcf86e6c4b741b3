import { lstatSync, mkdirSync, readdirSync, renameSync, utimesSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { isBuilderError } from "../../errors/builder-error.ts";
import { FilesystemError } from "../../errors/filesystem-error.ts";
import type { Contents } from "../../layer/contents.ts";
import { FileDigests } from "../../layer/file-digests.ts";
import type { Logger } from "../../log/logger.ts";
import { FileLock, Pause } from "../../rootfs/file-lock.ts";
import { onDisk } from "../../rootfs/on-disk.ts";
import type { LockKind } from "../../rootfs/posix-lock.ts";
import { removeDirectory } from "../../rootfs/remove-directory.ts";
import type { CacheDirectories, CacheLease, CacheRequest } from "./cache-directories.ts";
import { type LastingKeys, lastingKey } from "./lasting-key.ts";
import { guardOf, lockFileOf, partialOf, titleFileOf } from "./lasting-layout.ts";
import { lastingPlace } from "./lasting-place.ts";
import { leafName, writeNode } from "./write-node.ts";

const doing = "open a cache mount";
const slotLock = /^\d+\.lock$/;

export interface LastingCachesOptions {
  /** Absolute; made on demand. */
  readonly directory: string;
  readonly contents: Pick<Contents, "forEachContent">;
  /** Whether files keep the owners that commands give them. */
  readonly keepsOwners: boolean;
  /** What is used where that directory cannot be. */
  readonly fallback: CacheDirectories;
  readonly log: Logger;
}

/**
 * Cache directories that last: other builds have them later, and at the same time. Each cache is a directory of
 * numbered directories with a lock beside each, which whoever has one holds. What is free or taken is known by
 * trying, so that a build that was killed leaves nothing to be tidied up.
 */
export class LastingCaches implements CacheDirectories {
  readonly #options: LastingCachesOptions;
  readonly #keys: LastingKeys;
  #place: Promise<string> | undefined;
  #isBroken = false;

  constructor(options: LastingCachesOptions) {
    this.#options = options;
    const { contents, keepsOwners } = options;
    this.#keys = { digests: new FileDigests(contents), keepsOwners };
  }

  /** A directory that cannot be used is one warning, and the caches are those of `fallback` from then on. */
  async acquire(request: CacheRequest, signal: AbortSignal): Promise<CacheLease> {
    const { directory, fallback, log } = this.#options;
    if (this.#isBroken) return fallback.acquire(request, signal);
    const key = await lastingKey(request, this.#keys);
    try {
      return await this.#acquire(key, request, signal);
    } catch (error) {
      signal.throwIfAborted();
      if (!isBuilderError(error) || !error.code.startsWith("FILESYSTEM_")) throw error;
      const reason = error.message;
      if (!this.#isBroken) log.warn("cache mounts last for this build only", { directory, reason });
      this.#isBroken = true;
      return fallback.acquire(request, signal);
    }
  }

  async reopen(path: string, signal: AbortSignal): Promise<Disposable | undefined> {
    const { directory, fallback } = this.#options;
    if (!path.startsWith(`${directory}/`)) return fallback.reopen(path, signal);
    using guard = guardOf(dirname(path));
    await guard.waitFor(signal);
    using failed = new DisposableStack();
    const lock = failed.use(new FileLock(lockFileOf(path)));
    if (!lock.try("exclusive")) return undefined;
    failed.move();
    return lock;
  }

  async #acquire(key: string, request: CacheRequest, signal: AbortSignal): Promise<CacheLease> {
    this.#place ??= lastingPlace(this.#options.directory, signal);
    const pool = join(await this.#place, key);
    onDisk(doing, () => {
      mkdirSync(pool, { recursive: true });
      writeFileSync(titleFileOf(pool), request.name);
    });
    for (const pause = new Pause(signal); ; await pause.take()) {
      using guard = guardOf(pool);
      await guard.waitFor(signal);
      const chosen = choose(pool, request.sharing);
      if (chosen !== undefined) return await this.#lend(chosen, request);
    }
  }

  /** A directory that is not there yet is made; whoever wants one of the same cache waits for that. */
  async #lend({ directory, isJoined }: Chosen, request: CacheRequest): Promise<CacheLease> {
    using failed = new DisposableStack();
    const lock = failed.use(new FileLock(lockFileOf(directory)));
    take(lock, isJoined ? "shared" : "exclusive");
    if (!isJoined && !isThere(directory)) await this.#create(directory, request);
    if (request.sharing === "shared") take(lock, "shared");
    noteUse(directory);
    failed.move();
    const path = request.seed.type === "directory" ? directory : join(directory, leafName);
    return { path, [Symbol.dispose]: () => lock[Symbol.dispose]() };
  }

  async #create(directory: string, { seed, fill }: CacheRequest): Promise<void> {
    const partial = partialOf(directory);
    // Of a build that has not come further.
    removeDirectory(partial);
    try {
      await (fill?.(partial) ?? writeNode(partial, seed, this.#options.contents));
      onDisk(doing, () => renameSync(partial, directory));
    } catch (error) {
      removeDirectory(partial);
      throw error;
    }
  }
}

/** A directory to have now. */
interface Chosen {
  readonly directory: string;
  /** Whether others have it too. */
  readonly isJoined: boolean;
}

/** Undefined where there is one that must be waited for. Whoever calls this has the guard of the pool. */
function choose(pool: string, sharing: CacheRequest["sharing"]): Chosen | undefined {
  const { length } = onDisk(doing, () => readdirSync(pool)).filter((name) => slotLock.test(name));
  const slots = Array.from({ length }, (_, index) => join(pool, String(index)));
  const states = slots.map((slot) => stateOf(slot));
  const joined = sharing === "shared" ? slots[states.indexOf("shared")] : undefined;
  if (joined !== undefined) return { directory: joined, isJoined: true };
  const free = slots[states.indexOf("free")];
  if (free !== undefined) return { directory: free, isJoined: false };
  if (sharing === "locked" && length > 0) return undefined;
  return { directory: join(pool, String(length)), isJoined: false };
}

function stateOf(slot: string): "free" | "shared" | "taken" {
  using lock = new FileLock(lockFileOf(slot));
  if (lock.try("exclusive")) return "free";
  return lock.try("shared") ? "shared" : "taken";
}

/** `slipway cache prune` goes by that. */
function noteUse(directory: string): void {
  const now = new Date();
  onDisk(doing, () => utimesSync(lockFileOf(directory), now, now));
}

function take(lock: FileLock, kind: LockKind): void {
  if (lock.try(kind)) return;
  throw new FilesystemError("FILESYSTEM_FAILED", "the lock of a cache mount was lost");
}

function isThere(directory: string): boolean {
  const stats = onDisk(doing, () => lstatSync(directory, { throwIfNoEntry: false }));
  if (stats === undefined || stats.isDirectory()) return stats !== undefined;
  throw new FilesystemError("FILESYSTEM_FAILED", `${directory} is no directory`);
}
