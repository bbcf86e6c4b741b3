import { readFile } from "node:fs/promises";
import { errnoOf } from "../errors/filesystem-error.ts";

/** The text of a file (UTF-8), empty where there is no such file. Other failures pass unchanged. */
export async function readIfThere(file: string): Promise<string> {
  try {
    return await readFile(file, "utf8");
  } catch (error) {
    if (errnoOf(error) === "ENOENT") return "";
    throw error;
  }
}
