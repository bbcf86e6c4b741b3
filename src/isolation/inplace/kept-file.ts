import { readFileSync, writeFileSync } from "node:fs";
import { errnoOf } from "../../errors/filesystem-error.ts";

/** A file of the pod's that commands may write to, until disposal, which makes it what it was. */
export function keepFile(path: string): Disposable {
  const before = readFileSync(path);
  return {
    [Symbol.dispose]: () => {
      if (readFileSync(path).equals(before)) return;
      try {
        writeFileSync(path, before);
      } catch (error) {
        if (errnoOf(error) !== "EROFS" && errnoOf(error) !== "EACCES") throw error;
      }
    },
  };
}
