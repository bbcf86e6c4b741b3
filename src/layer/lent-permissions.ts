import { type BigIntStats, chmodSync, lstatSync } from "node:fs";
import { errnoOf } from "../errors/filesystem-error.ts";
import { fsPath } from "../filetree/name.ts";
import { hasCapability } from "./own-capabilities.ts";

/** Bits that an owner needs: in a directory to find, list and change files, in a file to read it. */
const forDirectory = 0o700;
const forFile = 0o400;

/** Whether permission bits can be in the way of this process. */
export function needsPermissions(): boolean {
  return !hasCapability("DAC_OVERRIDE");
}

/**
 * Does something with a file of a stage's root, whose absolute path is `file`. A command's files
 * belong to this process, but may lack the bits that it needs: these are lent for that time, to the
 * file and to the directories on the way to it. `action` is tried again then.
 *
 * @throws what `action` throws.
 */
export function withLentPermissions<T>(file: string, action: () => T): T {
  try {
    return action();
  } catch (error) {
    if (!isForbidden(error)) throw error;
    using lent = new DisposableStack();
    lent.use(lendPermissions(file));
    return action();
  }
}

/** Whether lending permissions may help against the error. */
export function isForbidden(error: unknown): boolean {
  return errnoOf(error) === "EACCES" && needsPermissions();
}

/** Lends what is needed to use `file` until disposal; no link is followed at its end. */
export function lendPermissions(file: string): Disposable {
  using lent = new DisposableStack();
  for (let end = file.indexOf("/", 1); end > 0; end = file.indexOf("/", end + 1)) {
    lendTo(file.slice(0, end), lent);
  }
  lendTo(file, lent);
  return lent.move();
}

function lendTo(file: string, owner: DisposableStack): void {
  owner.use(lendPermissionsOf(file, lstatSync(fsPath(file), { bigint: true })));
}

/** Lends them to `file` alone, whose status is given. */
export function lendPermissionsOf(file: string, stats: BigIntStats): Disposable {
  const mode = Number(stats.mode & 0o7777n);
  const wanted = mode | wantedBits(stats);
  const isOurs = Number(stats.uid) === process.geteuid?.();
  if (wanted === mode || !isOurs || !needsPermissions()) return nothingLent;
  chmodSync(fsPath(file), wanted);
  return { [Symbol.dispose]: () => takeBack(file, { wanted, mode }) };
}

/** Unless the file is gone by then, or has been given another mode. */
function takeBack(
  file: string,
  { wanted, mode }: { readonly wanted: number; readonly mode: number },
): void {
  const stats = lstatSync(fsPath(file), { throwIfNoEntry: false });
  if (stats !== undefined && (stats.mode & 0o7777) === wanted) chmodSync(fsPath(file), mode);
}

const nothingLent: Disposable = { [Symbol.dispose]: () => undefined };

function wantedBits(stats: BigIntStats): number {
  if (stats.isDirectory()) return forDirectory;
  return stats.isFile() ? forFile : 0;
}
