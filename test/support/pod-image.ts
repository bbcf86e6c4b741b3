import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdtemp, rename, rm } from "node:fs/promises";
import path from "node:path";
import { promisify } from "node:util";
import { layoutTag } from "./oci-layout.ts";
import { type ImageProcess, imageProcess } from "./pods.ts";

const run = promisify(execFile);

/** An image as containers start from it. */
export interface PodImage extends ImageProcess {
  /** Directories whose union is the image's root, the uppermost first; ids of their files are moved by `idShift`. */
  readonly layers: (idShift: number) => Promise<readonly string[]>;
}

/** The image of an OCI layout. It is unpacked into the layout when it is needed, once for each shift. */
export async function podImageOf(layout: string): Promise<PodImage> {
  return {
    ...(await imageProcess(layout)),
    layers: async (idShift) => [await unpack(layout, idShift)],
  };
}

async function unpack(layout: string, idShift: number): Promise<string> {
  const bundle = path.join(layout, `unpacked-${idShift}`);
  const root = path.join(bundle, "rootfs");
  if (existsSync(root)) return root;
  const scratch = await mkdtemp(`${bundle}.`);
  try {
    const made = path.join(scratch, "bundle");
    await run("umoci", ["unpack", "--image", `${layout}:${layoutTag}`, made]);
    await shiftOwners(path.join(made, "rootfs"), idShift);
    await rename(made, bundle);
  } finally {
    await rm(scratch, { recursive: true });
  }
  return root;
}

/** Gives all files of a directory, which are root's, to the root of a pod with ids of its own. */
export async function shiftOwners(directory: string, idShift: number): Promise<void> {
  if (idShift === 0) return;
  await run("chown", ["--recursive", "--no-dereference", `${idShift}:${idShift}`, directory]);
}
