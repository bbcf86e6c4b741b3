import { LayerApplier } from "./apply.ts";
import { type CopyAttributes, makeDirectories } from "./copy.ts";
import type { LinkEntry, PutEntry } from "./layer-entry.ts";
import { resolvePath } from "./resolve.ts";
import { type FileTree, joinPath, parentOf } from "./tree.ts";

export interface AddArchiveRequest extends Pick<CopyAttributes, "owner" | "time"> {
  /** The directory that the archive is unpacked into, from the target's root. */
  readonly destination: string;
}

/**
 * Unpacks an archive's members into a directory of `target` by the rules of ADD: what is there is
 * replaced, but directories keep their children; directories that the archive does not mention are
 * made with octal 755; its own root says nothing about the destination. Owners are the archive's
 * unless `owner` is given.
 *
 * @throws CONTEXT_UNREADABLE when the destination is no directory.
 * @throws IMAGE_MALFORMED when a member lies below a file, or is a hard link to nothing.
 */
export function addArchive(
  target: FileTree,
  entries: readonly (PutEntry | LinkEntry)[],
  request: AddArchiveRequest,
): void {
  const { owner, time } = request;
  const destination = resolvePath(target, request.destination).path;
  makeDirectories(target, destination, { owner, time });
  const applier = new LayerApplier(target);
  for (const entry of entries) {
    if (entry.path === "") continue;
    const path = joinPath(destination, entry.path);
    makeDirectories(target, resolvePath(target, parentOf(path)[0]).path, { time });
    if (entry.kind === "link") {
      applier.apply({ ...entry, path, target: joinPath(destination, entry.target) });
    } else {
      applier.apply({ ...entry, path, node: { ...entry.node, ...owner } });
    }
  }
}
