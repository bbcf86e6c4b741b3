import { readFileSync } from "node:fs";

/** The text of a file of the kernel's; empty where it is not shown here, for whatever reason. */
export function readVisible(file: string): string {
  try {
    return readFileSync(file, "latin1");
  } catch {
    return "";
  }
}
