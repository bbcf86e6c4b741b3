import { execFile } from "node:child_process";
import { mkdir, open, rm } from "node:fs/promises";
import { promisify } from "node:util";
import { removeTree, unmountBelow } from "./remove-tree.ts";

const run = promisify(execFile);

/** As far as the file below it can grow; what is not written takes no space. */
const bytes = 60 * 2 ** 30;

/** A file system for one measurement, mounted at `path`. */
export interface FreshDisk extends AsyncDisposable {
  readonly path: string;
}

/**
 * Makes an empty ext4 with a journal at `place`, which does not exist yet. On a file system in use it counts what was
 * removed before: ext4 without a journal looks at each inode that was freed in the last minute before it makes a file.
 * Needs root; where loop devices are missing, it is a directory.
 */
export async function openFreshDisk(place: string): Promise<FreshDisk> {
  await mkdir(place);
  const image = `${place}.ext4`;
  try {
    await makeFile(image);
    await run("mkfs.ext4", ["-q", "-F", "-m", "0", "-E", "lazy_itable_init=1,nodiscard", image]);
    await run("mount", ["-o", "loop,noinit_itable", image, place]);
  } catch (error) {
    await rm(image, { force: true });
    process.stderr.write(`no file system of its own for ${place}: ${String(error)}\n`);
    return { path: place, [Symbol.asyncDispose]: () => removeTree(place) };
  }
  return { path: place, [Symbol.asyncDispose]: () => removeDisk(place, image) };
}

async function makeFile(image: string): Promise<void> {
  await using file = await open(image, "w");
  await file.truncate(bytes);
}

/** What it holds is dropped with the file, and need not be removed one by one. */
async function removeDisk(place: string, image: string): Promise<void> {
  await unmountBelow(place);
  await run("umount", ["--lazy", place]);
  await rm(place, { recursive: true });
  await rm(image);
}
