import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdir, mkdtemp, rename, rm } from "node:fs/promises";
import { homedir } from "node:os";
import path from "node:path";
import { promisify } from "node:util";
import { writeOciLayout } from "./oci-layout.ts";

const run = promisify(execFile);

const suite = "bookworm";

/**
 * Gives the OCI layout of a Debian base image: the essential packages and apt, from wherever this
 * machine's apt gets its packages. It takes a quarter of a minute to make, so it is kept in the
 * user's cache directory.
 */
export async function debianImage(): Promise<string> {
  const layout = path.join(cacheDirectory(), `debian-${suite}-${process.arch}`);
  if (!existsSync(layout)) await makeImage(layout);
  return layout;
}

/** Where what takes long to make is kept from one run of the tests to the next. */
export function cacheDirectory(): string {
  const cache = process.env["XDG_CACHE_HOME"] ?? path.join(homedir(), ".cache");
  return path.join(cache, "slipway");
}

async function makeImage(layout: string): Promise<void> {
  await mkdir(path.dirname(layout), { recursive: true });
  const scratch = await mkdtemp(`${layout}.`);
  try {
    const layerTar = path.join(scratch, "layer.tar");
    await run("mmdebstrap", ["--quiet", "--variant=apt", suite, layerTar, aptSources()]);
    const made = path.join(scratch, "layout");
    await writeOciLayout(made, { layerTar, config: { Cmd: ["bash"] } });
    await rename(made, layout);
  } finally {
    await rm(scratch, { recursive: true });
  }
}

/** The file that names this machine's Debian mirror, in the form of Debian 12 or in the older one. */
export function aptSources(): string {
  const current = "/etc/apt/sources.list.d/debian.sources";
  return existsSync(current) ? current : "/etc/apt/sources.list";
}
