import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { cp, mkdir, mkdtemp, rename, rm, writeFile } from "node:fs/promises";
import path from "node:path";
import { promisify } from "node:util";
import packageJson from "../../package.json" with { type: "json" };
import { aptSources, cacheDirectory } from "../../test/support/debian-image.ts";

const run = promisify(execFile);

/**
 * Writes the Debian packages that build-essential is made of, and that Debian's base image lacks, to a directory. They
 * are fetched once and kept, so that no mirror is a part of what is measured.
 */
export async function writePackages(directory: string): Promise<void> {
  const kept = await keep(`build-essential-bookworm-${process.arch}`, async (place) => {
    const install = "apt-get install --download-only --yes --no-install-recommends build-essential";
    const archives = "/var/cache/apt/archives";
    const hooks = [
      `--customize-hook=chroot "$1" ${install}`,
      `--customize-hook=cp "$1"${archives}/*.deb "${place}"`,
    ];
    const shape = ["--quiet", "--variant=apt", "--format=null", ...hooks];
    await run("mmdebstrap", [...shape, "bookworm", "/dev/null", aptSources()]);
  });
  await cp(kept, directory, { recursive: true });
}

/**
 * Writes `project`, which needs the packages that slipway itself needs, and `npm-cache`, which has them. They are
 * fetched once and kept.
 */
export async function writeNpmProject(context: string): Promise<void> {
  const kept = await keep("npm-project", async (place) => {
    const project = path.join(place, "project");
    await mkdir(project);
    // What it runs by natively comes in a package for each platform, and not every mirror has all.
    const { koffi: _, ...dependencies } = packageJson.dependencies;
    const wanted = { name: "project", version: "1.0.0", private: true, dependencies };
    await writeFile(path.join(project, "package.json"), JSON.stringify(wanted));
    await writeFile(path.join(project, "index.js"), 'console.log("works");\n');
    const options = [`--cache=${place}/npm-cache`, "--ignore-scripts"];
    await run("npm", ["install", "--package-lock-only", ...options], { cwd: project });
    await run("npm", ["ci", ...options], { cwd: project });
    await rm(path.join(project, "node_modules"), { recursive: true });
  });
  await cp(kept, context, { recursive: true });
}

/** A directory of the user's cache that `fill` has filled, now or earlier. */
async function keep(name: string, fill: (place: string) => Promise<void>): Promise<string> {
  const kept = path.join(cacheDirectory(), "bench", name);
  if (existsSync(kept)) return kept;
  await mkdir(path.dirname(kept), { recursive: true });
  const place = await mkdtemp(`${kept}.`);
  try {
    await fill(place);
    await rename(place, kept);
  } finally {
    await rm(place, { recursive: true, force: true });
  }
  return kept;
}
