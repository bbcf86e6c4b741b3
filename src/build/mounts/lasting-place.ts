import { lchownSync, lstatSync, mkdirSync, readdirSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { FileLock } from "../../rootfs/file-lock.ts";
import { onDisk } from "../../rootfs/on-disk.ts";
import { ownerIds } from "../../rootfs/owner-ids.ts";
import { removeDirectory } from "../../rootfs/remove-directory.ts";

const doing = "open the directory of cache mounts";
const ownerFile = "owner";
/** Any but root's, which is this process' own in a user namespace. */
const someId = 1;

/**
 * A directory in `directory` for builds that give files the same ids on disk as this one. A file in there shows
 * it: it belongs to an id of an image, and builds to which it seems to belong to another one, since they are in
 * another user namespace or have none but their own id, have a directory of their own.
 *
 * @throws FILESYSTEM_FAILED, FILESYSTEM_NO_SPACE; AbortError when `signal` is aborted while waiting.
 */
export async function lastingPlace(directory: string, signal: AbortSignal): Promise<string> {
  onDisk(doing, () => mkdirSync(directory, { recursive: true }));
  using lock = new FileLock(join(directory, "lock"));
  await lock.waitFor(signal);
  return onDisk(doing, () => {
    const places = readdirSync(directory).filter((name) => /^\d+$/.test(name));
    const fitting = places.find((name) => fits(join(directory, name)));
    return fitting === undefined ? create(directory, places) : join(directory, fitting);
  });
}

function fits(place: string): boolean {
  const { diskUid, diskGid } = ownerIds();
  const stats = lstatSync(join(place, ownerFile), { throwIfNoEntry: false });
  return stats?.uid === diskUid(someId) && stats.gid === diskGid(someId);
}

function create(directory: string, places: readonly string[]): string {
  const { diskUid, diskGid } = ownerIds();
  const place = join(directory, String(Math.max(-1, ...places.map(Number)) + 1));
  const partial = `${place}.partial`;
  // Of a build that has not come further.
  removeDirectory(partial);
  mkdirSync(partial);
  writeFileSync(join(partial, ownerFile), "");
  lchownSync(join(partial, ownerFile), diskUid(someId), diskGid(someId));
  if (!fits(partial)) {
    throw new Error("it does not keep owners of files");
  }
  renameSync(partial, place);
  return place;
}
