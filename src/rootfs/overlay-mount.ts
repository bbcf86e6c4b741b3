import {
  closeSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  rmSync,
  unlinkSync,
  writeFileSync,
} from "node:fs";
import path from "node:path";
import { errnoOf, filesystemError } from "../errors/filesystem-error.ts";
import { inUserNamespace } from "./owner-ids.ts";
import { mount, unmount } from "./posix.ts";

/** The class of extended attributes in which overlayfs keeps what it must remember. */
export type OverlayMarks = "trusted" | "user";

/** `user` inside a user namespace, where `trusted` attributes cannot be written. */
export function overlayMarks(): OverlayMarks {
  return inUserNamespace() ? "user" : "trusted";
}

/** The directories of an overlay: names of directories in one and the same directory. */
export interface OverlayLayers {
  readonly parent: string;
  /** Uppermost first; at least one. */
  readonly lowers: readonly string[];
  readonly upper: string;
  /** An empty directory for overlayfs itself. */
  readonly work: string;
  /** The mount point. */
  readonly target: string;
}

/**
 * The most lower directories that one mount takes: the options, with each path as short as
 * `/proc/self/fd/12/3456`, must fit into one page of 4096 bytes. Docker's own limit is the same.
 */
export const maximalLowers = 127;

/**
 * Mounts an overlay whose upper directory holds exactly what was changed: no redirects, no
 * metadata-only copies, no index. Nothing is synced to disk, since nothing outlives the build.
 *
 * @throws FILESYSTEM_FAILED
 */
export function mountOverlay(layers: OverlayLayers): void {
  try {
    mountWith(layers, ["volatile"]);
  } catch (error) {
    // Kernels before 5.10 do not know the option.
    if (errnoOf(error) !== "EINVAL") throw filesystemError("mount an overlay", error);
    try {
      mountWith(layers, []);
    } catch (again) {
      throw filesystemError("mount an overlay", again);
    }
  }
}

function mountWith(layers: OverlayLayers, more: readonly string[]): void {
  const descriptor = openSync(layers.parent, "r");
  try {
    const at = (name: string): string => `/proc/self/fd/${descriptor}/${name}`;
    const options = [
      `lowerdir=${layers.lowers.map(at).join(":")}`,
      `upperdir=${at(layers.upper)}`,
      `workdir=${at(layers.work)}`,
      "index=off,metacopy=off",
      // With user attributes there are no redirects, and saying so is an error.
      overlayMarks() === "user" ? "userxattr" : "redirect_dir=off",
      ...more,
    ];
    const target = path.join(layers.parent, layers.target);
    mount(target, { source: "overlay", type: "overlay", data: options.join(",") });
  } finally {
    closeSync(descriptor);
  }
}

/** Whether overlays can be mounted on a directory, and if not, what the kernel said. */
export type OverlayProbe =
  | { readonly works: true }
  | { readonly works: false; readonly reason: string };

/** Tries an overlay in `directory`, up to a file that is deleted from it. Leaves nothing behind. */
export function probeOverlay(directory: string): OverlayProbe {
  const parent = mkdtempSync(path.join(directory, "overlay-probe-"));
  try {
    for (const name of ["l", "u", "w", "t"]) mkdirSync(path.join(parent, name));
    writeFileSync(path.join(parent, "l/file"), "");
    mountOverlay({ parent, lowers: ["l"], upper: "u", work: "w", target: "t" });
    try {
      unlinkSync(path.join(parent, "t/file"));
    } finally {
      unmount(path.join(parent, "t"));
    }
    if (lstatSync(path.join(parent, "u/file")).isCharacterDevice()) return { works: true };
    return { works: false, reason: "deleted files leave no whiteout" };
  } catch (error) {
    return { works: false, reason: error instanceof Error ? error.message : String(error) };
  } finally {
    rmSync(parent, { recursive: true, force: true });
  }
}
