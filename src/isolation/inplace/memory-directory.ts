import { chmodSync, mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { join } from "node:path";
import { hasSharedMemory, noMemoryForSecrets, sharedMemory } from "../shared-memory.ts";

/** Directories whose files are nowhere but in memory; disposal removes them. Made on demand. */
export class MemoryDirectory implements Disposable {
  #path: string | undefined;
  #count = 0;

  /** Absolute; undefined before anything was asked for. */
  get path(): string | undefined {
    return this.#path;
  }

  /**
   * A new directory of octal mode 755. Everybody may pass through to it.
   *
   * @throws ISOLATION_UNAVAILABLE when the pod has no /dev/shm in memory that can be written to.
   */
  create(): string {
    this.#path ??= makeDirectory();
    this.#count += 1;
    const directory = join(this.#path, String(this.#count));
    mkdirSync(directory);
    chmodSync(directory, 0o755);
    return directory;
  }

  [Symbol.dispose](): void {
    if (this.#path !== undefined) rmSync(this.#path, { recursive: true, force: true });
  }
}

function makeDirectory(): string {
  if (!hasSharedMemory()) throw noMemoryForSecrets();
  const directory = mkdtempSync(join(sharedMemory, "slipway-"));
  chmodSync(directory, 0o711);
  return directory;
}
