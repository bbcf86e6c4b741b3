import { closeSync, fstatSync, ftruncateSync, openSync, readSync, writeSync } from "node:fs";
import { errnoOf } from "../../errors/filesystem-error.ts";

/** A file of the pod's that commands may write to, until disposal, which makes it what it was. */
export function keepFile(path: string): Disposable {
  // By descriptor, since a command may rename the directory that it is in.
  const { descriptor, isWritable } = open(path);
  const before = contentOf(descriptor);
  return {
    [Symbol.dispose]: () => {
      try {
        if (isWritable && !contentOf(descriptor).equals(before)) {
          ftruncateSync(descriptor);
          writeSync(descriptor, before, 0, before.length, 0);
        }
      } finally {
        closeSync(descriptor);
      }
    },
  };
}

function open(path: string): { descriptor: number; isWritable: boolean } {
  try {
    return { descriptor: openSync(path, "r+"), isWritable: true };
  } catch (error) {
    if (errnoOf(error) !== "EROFS" && errnoOf(error) !== "EACCES") throw error;
    return { descriptor: openSync(path, "r"), isWritable: false };
  }
}

function contentOf(descriptor: number): Buffer {
  const bytes = Buffer.alloc(fstatSync(descriptor).size);
  return bytes.subarray(0, readSync(descriptor, bytes, 0, bytes.length, 0));
}
