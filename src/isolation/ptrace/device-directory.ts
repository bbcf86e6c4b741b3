import { existsSync, mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import path from "node:path";
import { onDisk } from "../../rootfs/on-disk.ts";
import type { BindCommandMount } from "../isolation.ts";

/** What every container has in its /dev (OCI runtime specification, config-linux.md). */
const nodes = ["null", "zero", "full", "random", "urandom", "tty"];
const links: readonly (readonly [name: string, target: string])[] = [
  ["fd", "/proc/self/fd"],
  ["stdin", "/proc/self/fd/0"],
  ["stdout", "/proc/self/fd/1"],
  ["stderr", "/proc/self/fd/2"],
  ["ptmx", "pts/ptmx"],
];

/**
 * Makes `directory`, which is to be a command's /dev, and returns the mounts for it. The pod's own
 * /dev is not shown: secrets of other commands are below it.
 *
 * @throws FILESYSTEM_FAILED, FILESYSTEM_NO_SPACE
 */
export function makeDeviceDirectory(directory: string): BindCommandMount[] {
  onDisk("make a command's /dev", () => {
    mkdirSync(directory);
    for (const name of nodes) writeFileSync(path.join(directory, name), "");
    for (const name of ["pts", "shm", "mqueue"]) mkdirSync(path.join(directory, name));
    for (const [name, target] of links) symlinkSync(target, path.join(directory, name));
  });
  const present = [...nodes, "pts"]
    .map((name) => `/dev/${name}`)
    .filter((file) => existsSync(file));
  const mounts = present.map((file) => ({ source: file, target: file }));
  return [{ source: directory, target: "/dev" }, ...mounts].map((mount) => {
    return { type: "bind", readOnly: false, ...mount };
  });
}
