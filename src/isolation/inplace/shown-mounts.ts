import {
  chmodSync,
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
import type { CommandMount, SecretCommandMount } from "../isolation.ts";
import { keepingTime, prepareMountPoints } from "../mount-points.ts";
import { writeMemoryFiles } from "./memory-files.ts";

/** What there is of mounts where nothing can be mounted; disposal takes it back. */
export interface ShownMounts extends Disposable {
  /** Where they are, without links. */
  readonly targets: readonly string[];
}

/**
 * Shows files to the next command by moving them where it looks for them, or by a link where they
 * cannot be moved: secrets, which stay in memory, and what is on another file system.
 *
 * `root` is where the image's files are, and `directory` an empty directory on the same file system.
 *
 * @throws ISOLATION_UNAVAILABLE, FILESYSTEM_FAILED, FILESYSTEM_NO_SPACE
 */
export function showMounts(
  mounts: readonly CommandMount[],
  { root, directory }: { readonly root: string; readonly directory: string },
): ShownMounts {
  using undo = new DisposableStack();
  const secrets = mounts.filter((mount): mount is SecretCommandMount => mount.type === "secret");
  const inMemory = undo.use(writeMemoryFiles(secrets));
  const paths = new Map(secrets.map((secret, index) => [secret, inMemory.paths[index] ?? ""]));
  const targets = mounts.map((mount, index) => {
    const place = path.join(directory, String(index));
    if (mount.type === "secret") {
      return show(
        { root, place, target: mount.target, source: paths.get(mount) ?? "", moves: false },
        undo,
      );
    }
    if (mount.type === "bind") {
      if (mount.source === mount.target) return mount.target;
      return show({ root, place, target: mount.target, source: mount.source, moves: true }, undo);
    }
    const source = `${place}.tmp`;
    mkdirSync(source);
    chmodSync(source, 0o1777);
    undo.defer(() => rmSync(source, { recursive: true, force: true }));
    return show({ root, place, target: mount.target, source, moves: true }, undo);
  });
  const owned = undo.move();
  return { targets, [Symbol.dispose]: () => owned.dispose() };
}

interface Showing {
  readonly root: string;
  /** A path that is free, for what is at the target. */
  readonly place: string;
  readonly target: string;
  readonly source: string;
  /** Whether the source itself may be moved. */
  readonly moves: boolean;
}

function show({ root, place, target, source, moves }: Showing, undo: DisposableStack): string {
  const isDirectory = statSync(source).isDirectory();
  const kind = isDirectory ? "directory" : "file";
  const points = prepareMountPoints(root, [{ target, kind }]);
  undo.defer(() => points.remove());
  const [resolved = target] = points.targets;
  const shown = path.join(root, resolved);
  const parent = path.dirname(shown);
  try {
    keepingTime(parent, () => {
      renameSync(shown, place);
      undo.defer(() => keepingTime(parent, () => renameSync(place, shown)));
      bring({ source, shown, moves }, undo);
    });
  } catch (error) {
    throw filesystemError(`show files at ${target}`, error);
  }
  return resolved;
}

interface Bringing {
  readonly source: string;
  readonly shown: string;
  readonly moves: boolean;
}

function bring({ source, shown, moves }: Bringing, undo: DisposableStack): void {
  const parent = path.dirname(shown);
  const clear = (): void =>
    keepingTime(parent, () => rmSync(shown, { recursive: true, force: true }));
  if (!moves) {
    symlinkSync(source, shown);
    undo.defer(clear);
    return;
  }
  const isDirectory = statSync(source).isDirectory();
  try {
    renameSync(source, shown);
    undo.defer(() => giveBack({ source, shown, isDirectory }));
  } catch (error) {
    if (errnoOf(error) !== "EXDEV") throw error;
    if (isDirectory) symlinkSync(source, shown);
    else copyFileSync(source, shown);
    undo.defer(clear);
  }
}

/** Moves a source back, or makes an empty directory in its place where the command has removed it. */
function giveBack({
  source,
  shown,
  isDirectory,
}: {
  readonly source: string;
  readonly shown: string;
  readonly isDirectory: boolean;
}): void {
  if (lstatSync(shown, { throwIfNoEntry: false }) === undefined) {
    if (isDirectory) mkdirSync(source, { recursive: true });
    return;
  }
  keepingTime(path.dirname(shown), () => renameSync(shown, source));
}
