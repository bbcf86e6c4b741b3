import { execFile } from "node:child_process";
import { mkdir, writeFile } from "node:fs/promises";
import path from "node:path";
import { promisify } from "node:util";
import { writeBusyboxImage } from "../../test/support/busybox-image.ts";
import { debianImage } from "../../test/support/debian-image.ts";
import { writeNodeContext } from "../../test/support/node-image.ts";
import { writeOciLayout } from "../../test/support/oci-layout.ts";
import { pushWithSkopeo } from "../../test/support/peers.ts";
import type { Workload } from "./workloads.ts";

const run = promisify(execFile);

/** Pushes a base image as `library/NAME` to a registry; `scratch` is a directory for it that does not exist. */
type Offer = (host: string, scratch: string) => Promise<void>;

const offers: Readonly<Record<string, Offer>> = {
  busybox: async (host, scratch) => {
    await writeBusyboxImage(scratch);
    await pushWithSkopeo(scratch, `${host}/library/busybox`);
  },
  debian: async (host) => pushWithSkopeo(await debianImage(), `${host}/library/debian`),
  files: async (host, scratch) => {
    await writeManyFilesImage(scratch);
    await pushWithSkopeo(path.join(scratch, "image"), `${host}/library/files`);
  },
  node: async (host, scratch) => {
    await pushWithSkopeo(await debianImage(), `${host}/library/debian`);
    await writeNodeContext(scratch, `${host}/library/debian`);
    const places = [`--context=${scratch}`, `--dockerfile=${scratch}/Dockerfile`];
    const to = [`--insecure-registry=${host}`, `--destination=${host}/library/node`];
    await run(process.execPath, [path.resolve("dist/slipway.mjs"), "build", ...places, ...to]);
  },
};

/** Pushes the base images that these workloads need to a registry. */
export async function offerBases(
  needed: readonly Workload[],
  host: string,
  scratch: string,
): Promise<void> {
  const lines = needed.flatMap(({ dockerfile }) => dockerfile).join("\n");
  for (const [name, offer] of Object.entries(offers)) {
    if (lines.includes(`/library/${name}`)) await offer(host, path.join(scratch, name));
  }
}

/** An image of 55,000 files of 2 kB beside busybox. */
async function writeManyFilesImage(scratch: string): Promise<void> {
  const root = path.join(scratch, "root");
  await mkdir(path.join(root, "bin"), { recursive: true });
  await run("cp", ["/bin/busybox", path.join(root, "bin/sh")]);
  const line = "what a file of a real image holds is text that can be compressed somewhat\n";
  for (let folder = 0; folder < 550; folder += 1) {
    const inside = path.join(root, "srv/files", String(folder));
    await mkdir(inside, { recursive: true });
    for (let file = 0; file < 100; file += 1) {
      await writeFile(path.join(inside, String(file)), `${folder} ${file} ${line.repeat(27)}`);
    }
  }
  const layerTar = `${root}.tar`;
  await run("tar", ["--owner=0", "--group=0", "-C", root, "-cf", layerTar, "."]);
  await writeOciLayout(path.join(scratch, "image"), { layerTar, config: { Env: ["PATH=/bin"] } });
}
