import { type BigIntStats, lstatSync, readdirSync, readlinkSync } from "node:fs";
import { decodeName, fsPath } from "../../filetree/name.ts";
import type { FileTime, LeafNode } from "../../filetree/node.ts";
import { FileTree, joinPath } from "../../filetree/tree.ts";

const executable = 0o111n;

/** How the files of a checkout are seen. */
export interface CheckoutView {
  /** Modification time of everything. */
  readonly time: FileTime;
  /** Whether `.git` belongs to it. */
  readonly withGitDirectory: boolean;
}

/**
 * The files that git has checked out in `directory`: modes as git knows them, octal 755 and 644,
 * whatever the umask was; owned by 0:0.
 */
export function readCheckout(directory: string, view: CheckoutView): FileTree {
  const tree = new FileTree();
  const metadata = { uid: 0, gid: 0, mtime: view.time };
  const leafOf = (file: string, stats: BigIntStats): LeafNode => {
    if (stats.isSymbolicLink()) {
      const target = decodeName(readlinkSync(fsPath(file), { encoding: "buffer" }));
      return { ...metadata, type: "symlink", mode: 0o777, target };
    }
    const mode = (stats.mode & executable) === 0n ? 0o644 : 0o755;
    const size = Number(stats.size);
    const content =
      size === 0 ? ({ kind: "empty" } as const) : ({ kind: "local", path: file } as const);
    return { ...metadata, type: "file", mode, size, content };
  };
  const walk = (path: string): void => {
    tree.setDirectory(path, { ...metadata, mode: 0o755 });
    for (const bytes of readdirSync(fsPath(`${directory}/${path}`), { encoding: "buffer" })) {
      const name = decodeName(bytes);
      // Nothing that is checked out can have this name.
      if (name === ".git" && !view.withGitDirectory) continue;
      const child = joinPath(path, name);
      const file = `${directory}/${child}`;
      const stats = lstatSync(fsPath(file), { bigint: true });
      if (stats.isDirectory()) walk(child);
      else tree.setLeaf(child, leafOf(file, stats));
    }
  };
  walk("");
  return tree;
}
