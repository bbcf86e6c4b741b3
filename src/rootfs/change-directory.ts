import { lstatSync } from "node:fs";
import { fileTimeOf } from "../filetree/stat-values.ts";
import { lendPermissions, withLentPermissions } from "../layer/lent-permissions.ts";
import { setTimes } from "./posix.ts";

/** Does something in a directory of a stage's root, also where this process lacks the bits for it. */
export function changeDirectory(directory: string, action: () => void): void {
  withLentPermissions(directory, action);
}

/** Lets others of this process' user change the entries of `directory` until disposal. */
export function makeWritable(directory: string): Disposable {
  return lendPermissions(directory);
}

/** Does something in `directory` that would change its time of modification, and does not let it. */
export function keepingTime(directory: string, action: () => void): void {
  const { mtimeNs } = lstatSync(directory, { bigint: true });
  changeDirectory(directory, action);
  setTimes(directory, fileTimeOf(mtimeNs));
}
