import { chmodSync, chownSync, mkdtempSync, rmSync, statfsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { CommandError } from "../../errors/command-error.ts";
import type { SecretCommandMount } from "../isolation.ts";

const memory = "/dev/shm";
const tmpfs = 0x01021994;

/** Files that are nowhere but in memory; disposal removes them. */
export interface MemoryFiles extends Disposable {
  /** Absolute paths, in the order of what they hold. */
  readonly paths: readonly string[];
}

/**
 * Puts secrets into files in memory, each with its mode and owner.
 *
 * @throws ISOLATION_UNAVAILABLE when the pod has no /dev/shm in memory that can be written to.
 */
export function writeMemoryFiles(secrets: readonly SecretCommandMount[]): MemoryFiles {
  if (secrets.length === 0) return { paths: [], [Symbol.dispose]: () => undefined };
  const directory = makeDirectory();
  const remove = (): void => rmSync(directory, { recursive: true, force: true });
  try {
    const paths = secrets.map(({ content, mode, uid, gid }, index) => {
      const path = join(directory, String(index));
      writeFileSync(path, content, { mode: 0o600 });
      // The change of owner would clear special bits.
      chownSync(path, uid, gid);
      chmodSync(path, mode);
      return path;
    });
    return { paths, [Symbol.dispose]: remove };
  } catch (error) {
    remove();
    throw error;
  }
}

/** Everybody may pass through it, but list nothing. */
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
