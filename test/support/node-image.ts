import { execFile } from "node:child_process";
import { cp, mkdir, readFile, realpath, symlink, writeFile } from "node:fs/promises";
import path from "node:path";
import { promisify } from "node:util";

const run = promisify(execFile);

/** Settings of npm that say how this machine reaches its package registry, and are no secret. */
const npmSettings = ["registry", "proxy", "https-proxy", "noproxy", "strict-ssl"];

/**
 * Writes to `directory` a build context of what the official Node images have on top of Debian: Node
 * and npm in /usr/local. npm is this machine's, and so is the way to the package registry.
 */
export async function writeNodeContext(directory: string, debian: string): Promise<void> {
  const local = path.join(directory, "local");
  for (const name of ["bin", "etc", "lib/node_modules"]) {
    await mkdir(path.join(local, name), { recursive: true });
  }
  await cp(await realpath("node_modules/node/bin/node"), path.join(local, "bin/node"));
  await cp(await npmDirectory(), path.join(local, "lib/node_modules/npm"), { recursive: true });
  await symlink("../lib/node_modules/npm/bin/npm-cli.js", path.join(local, "bin/npm"));
  await writeNpmSettings(path.join(local, "etc"));
  const lines = [`FROM ${debian}`, "COPY local /usr/local", 'CMD ["node"]', ""];
  await writeFile(path.join(directory, "Dockerfile"), lines.join("\n"));
}

async function npmDirectory(): Promise<string> {
  const { stdout } = await run("which", ["npm"]);
  return path.dirname(path.dirname(await realpath(stdout.trim())));
}

/** What npm reads before the settings of user and project. */
async function writeNpmSettings(etc: string): Promise<void> {
  const lines: string[] = [];
  for (const key of npmSettings) lines.push(`${key}=${await npmSetting(key)}`);
  const named = await npmSetting("cafile");
  const authorities = named === "null" ? process.env["NODE_EXTRA_CA_CERTS"] : named;
  if (authorities !== undefined) {
    await writeFile(path.join(etc, "npm-authorities.pem"), await readFile(authorities));
    lines.push("cafile=/usr/local/etc/npm-authorities.pem");
  }
  await writeFile(path.join(etc, "npmrc"), `${lines.join("\n")}\n`);
}

async function npmSetting(key: string): Promise<string> {
  const { stdout } = await run("npm", ["config", "get", key]);
  return stdout.trim();
}
