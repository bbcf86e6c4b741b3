import { chmodSync, mkdirSync, mkdtempSync, rmSync, statfsSync } from "node:fs";
import { join } from "node:path";
import { CommandError } from "../../errors/command-error.ts";

const memory = "/dev/shm";
const tmpfs = 0x01021994;

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
  let cause: unknown;
  try {
    if (statfsSync(memory).type === tmpfs) {
      const directory = mkdtempSync(join(memory, "slipway-"));
      chmodSync(directory, 0o711);
      return directory;
    }
  } catch (error) {
    cause = error;
  }
  throw new CommandError("ISOLATION_UNAVAILABLE", `secrets cannot be kept in memory in ${memory}`, {
    cause,
    hint: "Mount an emptyDir with medium: Memory at /dev/shm",
  });
}
