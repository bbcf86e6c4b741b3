import fs from "node:fs";
import { syncBuiltinESMExports } from "node:module";

/** What was asked of directories by `readdirSync` while something was done, relative to the watched one. */
export async function directoriesRead(
  directory: string,
  work: () => Promise<unknown>,
): Promise<readonly string[]> {
  const { readdirSync } = fs;
  const read: string[] = [];
  const watched = (...call: Parameters<typeof readdirSync>): ReturnType<typeof readdirSync> => {
    read.push(`${String(call[0])}/`.replace(`${directory}/`, ""));
    return readdirSync(...call);
  };
  fs.readdirSync = watched as typeof readdirSync;
  syncBuiltinESMExports();
  try {
    await work();
  } finally {
    fs.readdirSync = readdirSync;
    syncBuiltinESMExports();
  }
  return read;
}
