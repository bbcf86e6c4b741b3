import { readFileSync } from "node:fs";
import { decodeName } from "../../filetree/name.ts";

/** Absolute paths of everything that is mounted in this process' mount namespace, the root included. */
export function mountPoints(): string[] {
  return parseMountInfo(decodeName(readFileSync("/proc/self/mountinfo")));
}

/** The mount points that a text as of proc_pid_mountinfo(5) names. */
export function parseMountInfo(text: string): string[] {
  return text
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => unescape(line.split(" ")[4] ?? ""));
}

/** Blanks, newlines and backslashes are octal there. */
function unescape(field: string): string {
  return field.replace(/\\([0-7]{3})/g, (_, octal: string) =>
    String.fromCharCode(Number.parseInt(octal, 8)),
  );
}
