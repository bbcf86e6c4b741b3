import { type BigIntStats, chmodSync, lchownSync } from "node:fs";
import { errnoOf } from "../errors/filesystem-error.ts";
import { fsPath } from "../filetree/name.ts";
import type { ExtendedAttributes, LeafNode, Metadata, TreeNode } from "../filetree/node.ts";
import { fileTimeOf } from "../filetree/stat-values.ts";
import { withLentPermissions } from "../layer/lent-permissions.ts";
import { hasCapability } from "../layer/own-capabilities.ts";
import type { OwnerIds } from "./owner-ids.ts";
import { getXattr, listXattrs, setTimes, setXattr } from "./posix.ts";
import type { FileOwner } from "./stage-root.ts";

const capability = "security.capability";

/**
 * Whether an attribute goes from the tree to disk and back. Others belong to the machine
 * (`security.selinux`), to the file system (`system.*`), or steer overlayfs, which an image must not.
 */
function isCarried(name: string): boolean {
  return name === capability || (name.startsWith("user.") && !name.startsWith("user.overlay."));
}

/**
 * Gives the file at `path` the owner, attributes, mode and time of `node`, in this order: a change
 * of owner clears setuid bits and capabilities, and attributes cannot be set without the bit to
 * write. Does not follow a link.
 */
export function writeMetadata(path: string, node: TreeNode, ids: OwnerIds): void {
  lchownSync(fsPath(path), ids.diskUid(node.uid), ids.diskGid(node.gid));
  writeXattrs(path, node);
  if (node.type !== "symlink") chmodSync(fsPath(path), node.mode);
  setTimes(path, node.mtime);
}

/** Gives the file at `path` those attributes of `node` that belong to it, and not to the machine. */
export function writeXattrs(path: string, { xattrs }: Metadata): void {
  for (const [name, value] of xattrs ?? []) writeXattr(path, name, value);
}

function writeXattr(path: string, name: string, value: Uint8Array): void {
  if (!isCarried(name)) return;
  try {
    setXattr(path, name, value);
  } catch (error) {
    // Not every file system and not every pod permits them: the tree still has the attribute.
    const errno = errnoOf(error);
    if (errno !== "EPERM" && errno !== "ENOTSUP" && errno !== "EOPNOTSUPP") throw error;
  }
}

/** The metadata of the file at `path`, whose `stats` are given; owners as on disk. */
export function readMetadata(path: string, stats: BigIntStats): Metadata {
  const xattrs = readXattrs(path);
  return {
    mode: Number(stats.mode & 0o7777n),
    uid: Number(stats.uid),
    gid: Number(stats.gid),
    mtime: fileTimeOf(stats.mtimeNs),
    ...(xattrs.size === 0 ? {} : { xattrs }),
  };
}

function readXattrs(path: string): ExtendedAttributes {
  const found = new Map<string, Uint8Array>();
  for (const name of listXattrs(path)) {
    if (!isCarried(name)) continue;
    const value = withLentPermissions(path, () => getXattr(path, name));
    if (value !== undefined) found.set(name, value);
  }
  return found;
}

/**
 * `disk`, read from a file that `before` owns or has made, as the tree says it: an owner that could
 * not be put on disk is still the owner where nobody changed what stands for it there.
 */
export function withTreeOwner<Node extends Metadata>(
  disk: Node,
  before: FileOwner,
  ids: OwnerIds,
): Node {
  const uid = disk.uid === ids.diskUid(before.uid) ? before.uid : disk.uid;
  const gid = disk.gid === ids.diskGid(before.gid) ? before.gid : disk.gid;
  return uid === disk.uid && gid === disk.gid ? disk : { ...disk, uid, gid };
}

/**
 * `disk`, read from a file that was `before`, with the capabilities of `before` where this process
 * could not put them on disk. Writing to a file takes them from it, and so it does here.
 */
export function withTreeCapability<Node extends LeafNode>(
  disk: Node,
  before: TreeNode | undefined,
): Node {
  const value = before?.xattrs?.get(capability);
  if (value === undefined || before?.type !== "file" || hasCapability("SETFCAP")) return disk;
  const { seconds, nanoseconds } = disk.mtime;
  const isWritten =
    disk.type !== "file" ||
    disk.size !== before.size ||
    seconds !== before.mtime.seconds ||
    nanoseconds !== before.mtime.nanoseconds;
  if (isWritten) return disk;
  return { ...disk, xattrs: new Map([...(disk.xattrs ?? []), [capability, value]]) };
}

/** Whether two nodes agree in all that is on disk of a file's metadata. */
export function sameMetadata(a: Metadata, b: Metadata): boolean {
  return (
    a.mode === b.mode &&
    a.uid === b.uid &&
    a.gid === b.gid &&
    a.mtime.seconds === b.mtime.seconds &&
    a.mtime.nanoseconds === b.mtime.nanoseconds &&
    sameXattrs(a.xattrs, b.xattrs)
  );
}

function sameXattrs(a: Metadata["xattrs"], b: Metadata["xattrs"]): boolean {
  if (a === b) return true;
  const carriedA = carried(a);
  const carriedB = new Map(carried(b));
  return (
    carriedA.length === carriedB.size &&
    carriedA.every(([name, value]) => {
      const other = carriedB.get(name);
      return other !== undefined && Buffer.compare(value, other) === 0;
    })
  );
}

function carried(xattrs: Metadata["xattrs"]): [string, Uint8Array][] {
  return [...(xattrs ?? [])].filter(([name]) => isCarried(name));
}
