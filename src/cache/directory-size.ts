import { lstat, readdir } from "node:fs/promises";
import { join } from "node:path";

/** The bytes of all files below a directory, each once; of what goes away meanwhile none. */
export async function directorySize(directory: string): Promise<number> {
  const files = await readdir(directory, { recursive: true }).catch(() => []);
  const sizes = new Map<string, number>();
  for (const file of files) {
    const status = await lstat(join(directory, file)).catch(() => undefined);
    if (status?.isFile() === true) sizes.set(`${status.dev} ${status.ino}`, status.size);
  }
  return [...sizes.values()].reduce((sum, size) => sum + size, 0);
}
