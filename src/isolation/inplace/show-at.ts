import { randomUUID } from "node:crypto";
import {
  copyFileSync,
  lstatSync,
  mkdirSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
} from "node:fs";
import path from "node:path";
import { errnoOf, filesystemError } from "../../errors/filesystem-error.ts";
import { keepingTime } from "../../rootfs/change-directory.ts";
import { prepareMountPoints } from "../mount-points.ts";

/** A file or directory that appears at a path for a time. */
export interface Showing {
  /** Where the image's files are, absolute. */
  readonly root: string;
  /** A path that is free, for what is at the target, on the root's file system. */
  readonly place: string;
  /** A path in the root. */
  readonly target: string;
  readonly source: string;
  /** Whether the source itself may be moved, or else is linked to. */
  readonly moves: boolean;
}

/**
 * Shows a source at a target until `undo` is disposed. Gives the target without links.
 *
 * @throws FILESYSTEM_FAILED, FILESYSTEM_NO_SPACE
 */
export function showAt(
  { root, place, target, source, moves }: Showing,
  undo: DisposableStack,
): string {
  const kind = statSync(source).isDirectory() ? "directory" : "file";
  const points = prepareMountPoints(root, [{ target, kind }]);
  undo.defer(() => points.remove());
  const [resolved = target] = points.targets;
  const shown = path.join(root, resolved);
  try {
    keepingTime(path.dirname(shown), () => {
      const aside = putAside(shown, place);
      undo.defer(() => keepingTime(path.dirname(shown), () => renameSync(aside, shown)));
      bring({ source, shown, moves }, undo);
    });
  } catch (error) {
    throw filesystemError(`show files at ${target}`, error);
  }
  return resolved;
}

/** Moves what is there to `place`, or beside itself where that is on another file system. */
function putAside(shown: string, place: string): string {
  try {
    renameSync(shown, place);
    return place;
  } catch (error) {
    if (errnoOf(error) !== "EXDEV") throw error;
    const beside = path.join(path.dirname(shown), `.slipway-${randomUUID()}`);
    renameSync(shown, beside);
    return beside;
  }
}

function bring(
  { source, shown, moves }: { source: string; shown: string; moves: boolean },
  undo: DisposableStack,
): void {
  const clear = (): void =>
    keepingTime(path.dirname(shown), () => rmSync(shown, { recursive: true, force: true }));
  if (!moves) {
    symlinkSync(source, shown);
    undo.defer(clear);
    return;
  }
  const isDirectory = statSync(source).isDirectory();
  try {
    renameSync(source, shown);
    undo.defer(() => giveBack(shown, source, isDirectory));
  } catch (error) {
    if (errnoOf(error) !== "EXDEV") throw error;
    if (isDirectory) symlinkSync(source, shown);
    else copyFileSync(source, shown);
    undo.defer(clear);
  }
}

/** Moves a source back, or makes an empty directory in its place where the command has removed it. */
function giveBack(shown: string, source: string, isDirectory: boolean): void {
  if (lstatSync(shown, { throwIfNoEntry: false }) !== undefined) {
    keepingTime(path.dirname(shown), () => renameSync(shown, source));
  } else if (isDirectory) {
    mkdirSync(source, { recursive: true });
  }
}
