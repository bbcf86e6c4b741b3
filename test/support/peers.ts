import { execFile } from "node:child_process";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { promisify } from "node:util";
import { layoutTag } from "./oci-layout.ts";

const run = promisify(execFile);

/** Pushes the image of an OCI layout to `reference` (registry, repository and tag) over plain HTTP. */
export async function pushWithSkopeo(layout: string, reference: string): Promise<void> {
  const source = `oci:${layout}:${layoutTag}`;
  await run("skopeo", ["copy", "--dest-tls-verify=false", source, `docker://${reference}`]);
}

/** Pulls `reference` over plain HTTP into a new OCI layout. */
export async function pullWithSkopeo(reference: string, layout: string): Promise<void> {
  const target = `oci:${layout}:${layoutTag}`;
  await run("skopeo", ["copy", "--src-tls-verify=false", `docker://${reference}`, target]);
}

/** Runs the image of an OCI layout, unpacked by umoci, under runc, and gives what it printed. */
export async function runWithRunc(layout: string): Promise<string> {
  const directory = await mkdtemp(path.join(tmpdir(), "slipway-runc-"));
  const bundle = path.join(directory, "bundle");
  try {
    const rootless = process.getuid?.() === 0 ? [] : ["--rootless"];
    await run("umoci", ["unpack", ...rootless, "--image", `${layout}:${layoutTag}`, bundle]);
    await detachFromTerminal(path.join(bundle, "config.json"));
    const state = ["--root", path.join(directory, "state")];
    const name = path.basename(directory);
    const { stdout } = await run("runc", [...state, "run", "--bundle", bundle, name], withSbin);
    return stdout;
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

/** Debian has runc in /usr/sbin, which is not in the path of an ordinary user. */
const withSbin = {
  env: { ...process.env, PATH: `${process.env["PATH"] ?? ""}:/usr/sbin` },
};

async function detachFromTerminal(configFile: string): Promise<void> {
  const config = JSON.parse(await readFile(configFile, "utf8")) as { process: object };
  const changed = { ...config, process: { ...config.process, terminal: false } };
  await writeFile(configFile, JSON.stringify(changed));
}
