import { accessSync, constants, statfsSync } from "node:fs";
import { CommandError } from "../errors/command-error.ts";

/** Where every container has some memory for files. */
export const sharedMemory = "/dev/shm";

/** As in linux/magic.h. */
const tmpfsType = 0x0102_1994;

/** Whether it is there, in memory, and can be written to. */
export function hasSharedMemory(): boolean {
  try {
    accessSync(sharedMemory, constants.W_OK | constants.X_OK);
    return statfsSync(sharedMemory).type === tmpfsType;
  } catch {
    return false;
  }
}

/** The error of a command whose secrets would come on a disk. */
export function noMemoryForSecrets(): CommandError {
  const message = `secrets cannot be files here: ${sharedMemory} is no writable tmpfs`;
  return new CommandError("ISOLATION_UNAVAILABLE", message, {
    hint: `Mount an emptyDir with medium: Memory at ${sharedMemory}, or use env= in place of target=`,
  });
}
