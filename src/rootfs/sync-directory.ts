import { chmodSync, mkdirSync, symlinkSync } from "node:fs";
import { filesystemError } from "../errors/filesystem-error.ts";
import { encodeName, fsPath } from "../filetree/name.ts";
import type { FileNode, LeafNode } from "../filetree/node.ts";
import { type FileTree, joinPath } from "../filetree/tree.ts";
import type { Contents } from "../layer/contents.ts";
import { smallFile } from "../layer/file-body.ts";
import { needsPermissions } from "../layer/lent-permissions.ts";
import { writeMetadata } from "./disk-metadata.ts";
import { FileThreads } from "./file-threads.ts";
import { onDisk } from "./on-disk.ts";
import { type OwnerIds, ownerIds } from "./owner-ids.ts";
import { makeFifo } from "./posix.ts";
import { removeDirectory } from "./remove-directory.ts";
import { differenceBetween, type TreeDifference } from "./tree-difference.ts";
import { type NewFile, writeFile, writingRoot } from "./write-file.ts";

/** The trees before and after. Neither may change while the directory is brought to the second. */
export interface TreeChange {
  readonly from: FileTree;
  readonly to: FileTree;
}

/**
 * Brings `directory`, which holds the tree `from`, to the tree `to`. Only what differs is touched,
 * and each layer that holds a file to be written is read once.
 *
 * No link is followed on the way: the directories in both trees are directories on disk, and what
 * stands in the way of a new file is removed first. Device nodes are left out, and where the machine
 * refuses owners, the file belongs to this process; the tree knows better.
 *
 * @throws FILESYSTEM_NO_SPACE, FILESYSTEM_FAILED, and whatever reading a content throws.
 */
export async function syncDirectory(
  directory: string,
  change: TreeChange,
  contents: Pick<Contents, "forEachContent">,
): Promise<void> {
  const difference = differenceBetween(change.from, change.to);
  const disk = { directory, ids: ownerIds() };
  using lent = new DisposableStack();
  lent.use(onDisk(writingRoot, () => lendDirectories(disk, change, difference)));
  for (const path of difference.remove) removeDirectory(joinPath(directory, path));
  onDisk(writingRoot, () => {
    for (const path of difference.directories) mkdirSync(fsPath(joinPath(directory, path)), 0o700);
  });
  await writeFiles(disk, difference, contents);
  onDisk(writingRoot, () => writeRest(disk, difference));
}

/** Where to write, and the owners that are possible there. */
interface Disk {
  readonly directory: string;
  readonly ids: OwnerIds;
}

/**
 * Lends the bits to write to the directories that are about to change, and to pass through those on
 * the way. The former get their modes when they are finished, the latter by disposal.
 */
function lendDirectories(
  { directory }: Disk,
  { from }: TreeChange,
  { finish }: TreeDifference,
): Disposable {
  const finished = new Set(finish.map(({ path }) => path));
  using lent = new DisposableStack();
  if (!needsPermissions()) return lent.move();
  const seen = new Set<string>();
  for (const path of finished) {
    for (const ancestor of [...ancestorsOf(path), path]) {
      if (seen.has(ancestor)) continue;
      seen.add(ancestor);
      const node = from.get(ancestor);
      if (node?.type !== "directory" || (node.mode & 0o700) === 0o700) continue;
      const target = fsPath(joinPath(directory, ancestor));
      chmodSync(target, node.mode | 0o700);
      if (!finished.has(ancestor)) lent.defer(() => chmodSync(target, node.mode));
    }
  }
  return lent.move();
}

function ancestorsOf(path: string): string[] {
  const names = path.split("/");
  return names.map((_, depth) => names.slice(0, depth).join("/"));
}

async function writeFiles(
  disk: Disk,
  { files, links }: TreeDifference,
  contents: Pick<Contents, "forEachContent">,
): Promise<void> {
  await using threads = new FileThreads(files.size);
  await contents.forEachContent(files.keys(), (node, body) => {
    const file = newFile(disk, node, [files.get(node) ?? "", ...(links.get(node) ?? [])]);
    const { whole } = body;
    if (whole === undefined || whole.length > smallFile) return writeFile(file, body);
    return onDisk(writingRoot, () => threads.write(file, whole));
  });
  await threads.finish().catch((error: unknown) => {
    throw filesystemError(writingRoot, error);
  });
}

function newFile({ directory, ids }: Disk, node: FileNode, names: readonly string[]): NewFile {
  const { mode, uid, gid, mtime, xattrs } = node;
  const owners = { uid: ids.diskUid(uid), gid: ids.diskGid(gid) };
  return {
    paths: names.map((name) => joinPath(directory, name)),
    metadata: { mode, ...owners, mtime, ...(xattrs === undefined ? {} : { xattrs }) },
  };
}

function writeRest({ directory, ids }: Disk, difference: TreeDifference): void {
  for (const { path, leaf } of difference.others) {
    const target = joinPath(directory, path);
    if (makeLeaf(target, leaf)) writeMetadata(target, leaf, ids);
  }
  for (const { path, directory: node } of difference.finish) {
    writeMetadata(joinPath(directory, path), node, ids);
  }
}

/**
 * Makes a link or fifo; says whether it is there. Devices stay in the tree only: a node that an
 * image brings along would open the machine's own device to whoever runs a command.
 */
function makeLeaf(path: string, leaf: Exclude<LeafNode, FileNode>): boolean {
  if (leaf.type === "symlink") symlinkSync(encodeName(leaf.target), fsPath(path));
  else if (leaf.type === "fifo") makeFifo(path);
  return leaf.type === "symlink" || leaf.type === "fifo";
}
