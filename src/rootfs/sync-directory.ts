import {
  chmodSync,
  closeSync,
  constants,
  linkSync,
  mkdirSync,
  openSync,
  symlinkSync,
  writeSync,
} from "node:fs";
import { encodeName, fsPath } from "../filetree/name.ts";
import type { FileNode, LeafNode } from "../filetree/node.ts";
import { type FileTree, joinPath } from "../filetree/tree.ts";
import type { Contents } from "../layer/contents.ts";
import type { FileBody } from "../layer/file-body.ts";
import { needsPermissions } from "../layer/lent-permissions.ts";
import { writeMetadata } from "./disk-metadata.ts";
import { onDisk } from "./on-disk.ts";
import { type OwnerIds, ownerIds } from "./owner-ids.ts";
import { makeFifo } from "./posix.ts";
import { removeDirectory } from "./remove-directory.ts";
import { differenceBetween, type TreeDifference } from "./tree-difference.ts";

const doing = "write the stage's root";

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
  lent.use(onDisk(doing, () => lendDirectories(disk, change, difference)));
  for (const path of difference.remove) removeDirectory(joinPath(directory, path));
  onDisk(doing, () => {
    for (const path of difference.directories) mkdirSync(fsPath(joinPath(directory, path)), 0o700);
  });
  await contents.forEachContent(difference.files.keys(), async (node, body) => {
    await writeFile(disk, { node, names: difference.files.get(node) ?? [] }, body);
  });
  onDisk(doing, () => writeRest(disk, difference));
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

interface FileToWrite {
  readonly node: FileNode;
  readonly names: readonly string[];
}

async function writeFile(disk: Disk, { node, names }: FileToWrite, body: FileBody): Promise<void> {
  const [first, ...others] = names.map((name) => joinPath(disk.directory, name));
  if (first === undefined) return;
  const { O_WRONLY, O_CREAT, O_EXCL, O_NOFOLLOW } = constants;
  const flags = O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW;
  const descriptor = onDisk(doing, () => openSync(fsPath(first), flags, 0o600));
  try {
    // Most files are small: no turn of the event loop for them.
    if (body.whole !== undefined) writeAll(descriptor, body.whole);
    else for await (const chunk of body) writeAll(descriptor, chunk);
  } finally {
    closeSync(descriptor);
  }
  onDisk(doing, () => {
    writeMetadata(first, node, disk.ids);
    for (const name of others) linkSync(fsPath(first), fsPath(name));
  });
}

function writeAll(descriptor: number, bytes: Uint8Array): void {
  onDisk(doing, () => {
    let written = 0;
    while (written < bytes.length) written += writeSync(descriptor, bytes, written);
  });
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
