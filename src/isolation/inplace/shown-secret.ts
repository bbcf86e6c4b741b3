import { lstatSync, mkdirSync, symlinkSync, unlinkSync } from "node:fs";
import path from "node:path";
import { keepingTime } from "../../rootfs/change-directory.ts";
import type { SecretCommandMount } from "../isolation.ts";
import { resolveInRoot } from "../rooted-path.ts";
import { writeSecretFile } from "../secret-files.ts";
import type { MemoryDirectory } from "./memory-directory.ts";
import { type Showing, showAt } from "./show-at.ts";

/**
 * Shows a secret, which stays in memory, by a link: of the first directory on the way to it that the
 * image does not have, so that it is an ordinary file to the command, or else of the file itself.
 * Gives its path without links of the image.
 */
export function showSecret(
  mount: SecretCommandMount,
  { root, place }: Pick<Showing, "root" | "place">,
  { memory, undo }: { readonly memory: MemoryDirectory; readonly undo: DisposableStack },
): string {
  const resolved = resolveInRoot(root, mount.target);
  const shown = path.join(root, resolved);
  if (memory.path !== undefined && shown.startsWith(`${memory.path}/`)) {
    writeSecret(shown, mount);
    return resolved;
  }
  const missing = firstMissing(root, resolved);
  const directory = memory.create();
  if (missing === undefined || missing === shown) {
    const source = path.join(directory, path.basename(shown));
    writeSecret(source, mount);
    return showAt({ root, place, target: resolved, source, moves: false }, undo);
  }
  writeSecret(path.join(directory, path.relative(missing, shown)), mount);
  keepingTime(path.dirname(missing), () => symlinkSync(directory, missing));
  undo.defer(() => removeLink(missing));
  return resolved;
}

function writeSecret(file: string, secret: SecretCommandMount): void {
  mkdirSync(path.dirname(file), { recursive: true, mode: 0o755 });
  writeSecretFile(file, secret);
}

/** The first path on the way to `resolved`, itself included, where there is nothing; absolute. */
function firstMissing(root: string, resolved: string): string | undefined {
  let at = root;
  for (const name of resolved.split("/").filter((part) => part !== "")) {
    at = path.join(at, name);
    if (lstatSync(at, { throwIfNoEntry: false }) === undefined) return at;
  }
  return undefined;
}

function removeLink(link: string): void {
  if (lstatSync(link, { throwIfNoEntry: false })?.isSymbolicLink() !== true) return;
  keepingTime(path.dirname(link), () => unlinkSync(link));
}
