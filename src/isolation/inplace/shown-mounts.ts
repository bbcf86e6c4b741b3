import { chmodSync, mkdirSync, rmSync } from "node:fs";
import path from "node:path";
import type { CommandMount } from "../isolation.ts";
import { MemoryDirectory } from "./memory-directory.ts";
import { showAt } from "./show-at.ts";
import { showSecret } from "./shown-secret.ts";

/** What there is of mounts where nothing can be mounted; disposal takes it back. */
export interface ShownMounts extends Disposable {
  /** Where they are, without links. */
  readonly targets: readonly string[];
}

/** Where mounts are shown. */
export interface ShowingPlace {
  /** Where the image's files are. */
  readonly root: string;
  /** An empty directory on the same file system. */
  readonly directory: string;
}

/**
 * Shows files to the next command by moving them where it looks for them, or by a link where they
 * cannot be moved: secrets, which stay in memory, and what is on another file system. A read-only
 * mount can be written to, and a directory in memory is as large as the disk.
 *
 * @throws ISOLATION_UNAVAILABLE, FILESYSTEM_FAILED, FILESYSTEM_NO_SPACE
 */
export function showMounts(mounts: readonly CommandMount[], where: ShowingPlace): ShownMounts {
  using undo = new DisposableStack();
  const memory = undo.use(new MemoryDirectory());
  const targets = mounts.map((mount, index) => {
    const at = { root: where.root, place: path.join(where.directory, String(index)) };
    if (mount.type === "secret") return showSecret(mount, at, { memory, undo });
    const { target } = mount;
    if (mount.type === "bind" && mount.source === target) return target;
    const source = mount.type === "bind" ? mount.source : scratchDirectory(`${at.place}.tmp`, undo);
    return showAt({ ...at, target, source, moves: true }, undo);
  });
  const owned = undo.move();
  return { targets, [Symbol.dispose]: () => owned.dispose() };
}

function scratchDirectory(directory: string, undo: DisposableStack): string {
  mkdirSync(directory);
  chmodSync(directory, 0o1777);
  undo.defer(() => rmSync(directory, { recursive: true, force: true }));
  return directory;
}
