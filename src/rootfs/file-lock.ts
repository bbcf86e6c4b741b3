import { closeSync, constants, openSync } from "node:fs";
import { setTimeout } from "node:timers/promises";
import { onDisk } from "./on-disk.ts";
import { type LockKind, tryLock } from "./posix-lock.ts";

const doing = "lock a cache mount";
const firstWaitMs = 10;
const longestWaitMs = 500;

/**
 * A file that processes lock, also those of other pods where the file system tells their machines of locks. The
 * lock goes by disposal, and with the process that has it, however that ends.
 */
export class FileLock implements Disposable {
  readonly #file: { readonly fd: number; readonly path: string };

  /**
   * Opens the file at an absolute path, which is made where it is missing; nothing is locked yet.
   *
   * @throws FILESYSTEM_FAILED, FILESYSTEM_NO_SPACE
   */
  constructor(path: string) {
    // NFS gives exclusive locks to those only who may write.
    const flags = constants.O_RDWR | constants.O_CREAT | constants.O_NOFOLLOW;
    this.#file = { path, fd: onDisk(doing, () => openSync(path, flags, 0o644)) };
  }

  /**
   * Locks the file, or changes its lock, if nobody has one that forbids it.
   *
   * @throws FILESYSTEM_FAILED where the file system has no locks.
   */
  try(kind: LockKind): boolean {
    return onDisk(doing, () => tryLock(this.#file, kind));
  }

  /**
   * Locks the file for this process alone, as soon as nobody else has a lock.
   *
   * @throws FILESYSTEM_FAILED; AbortError when `signal` is aborted while waiting.
   */
  async waitFor(signal: AbortSignal): Promise<void> {
    for (const pause = new Pause(signal); !this.try("exclusive"); ) await pause.take();
  }

  [Symbol.dispose](): void {
    closeSync(this.#file.fd);
  }
}

/** Nothing tells when a lock has gone: whoever waits asks again, after pauses that become longer. */
export class Pause {
  readonly #signal: AbortSignal;
  #ms = firstWaitMs;

  constructor(signal: AbortSignal) {
    this.#signal = signal;
  }

  /** @throws AbortError when the signal is aborted. */
  async take(): Promise<void> {
    await setTimeout(this.#ms, undefined, { signal: this.#signal });
    this.#ms = Math.min(this.#ms * 2, longestWaitMs);
  }
}
