import { readFileSync } from "node:fs";
import { decodeName } from "../filetree/name.ts";

/** One line of `/proc/PID/mountinfo`, as of proc_pid_mountinfo(5). */
export interface MountEntry {
  /** The same for as long as it is mounted, wherever that is. */
  readonly id: number;
  /** Absolute path. */
  readonly target: string;
  /** Of the filesystem, such as `overlay`. */
  readonly type: string;
  readonly readOnly: boolean;
}

/** Everything that is mounted in this process' mount namespace, the root included. */
export function readMountTable(): MountEntry[] {
  return parseMountTable(decodeName(readFileSync("/proc/self/mountinfo")));
}

/** Reads the text of `/proc/PID/mountinfo`. Later mounts cover earlier ones. */
export function parseMountTable(text: string): MountEntry[] {
  return text.split("\n").flatMap((line) => {
    const [mount = "", filesystem = ""] = line.split(" - ");
    const [id, , , , target, options = ""] = mount.split(" ");
    const [type = "", , superOptions = ""] = filesystem.split(" ");
    if (target === undefined) return [];
    const readOnly = [options, superOptions].some((list) => list.split(",").includes("ro"));
    return [{ id: Number(id), target: unescape(target), type, readOnly }];
  });
}

/** The mount that shows the file at an absolute path without links. */
export function mountOf(path: string, mounts: readonly MountEntry[]): MountEntry | undefined {
  let best: MountEntry | undefined;
  for (const mount of mounts) {
    const holds = mount.target === "/" || `${path}/`.startsWith(`${mount.target}/`);
    if (holds && mount.target.length >= (best?.target.length ?? 0)) best = mount;
  }
  return best;
}

/** Spaces, tabs, newlines and backslashes are written as octal numbers. */
function unescape(path: string): string {
  return path.replace(/\\([0-7]{3})/g, (_, octal: string) =>
    String.fromCharCode(Number.parseInt(octal, 8)),
  );
}
