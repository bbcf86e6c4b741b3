import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { copyFile, lchown, mkdir, mkdtemp, rename, rm } from "node:fs/promises";
import path from "node:path";
import { promisify } from "node:util";
import { layoutTag } from "../../test/support/oci-layout.ts";
import { type ImageProcess, imageProcess } from "../../test/support/pods.ts";
import { newestStepImage, stepImage } from "../../test/support/step-image.ts";

const run = promisify(execFile);

/** A step image as containers start from it. */
export interface PodImage extends ImageProcess {
  /** Directories whose union is the image's root, the uppermost first; ids of their files are moved by `idShift`. */
  readonly layers: (idShift: number) => Promise<readonly string[]>;
}

/** Which step image is meant. */
export interface ImageChoice {
  /** The newest that there is, with the dist/slipway.mjs of now, instead of one of all that is here now. */
  readonly bundle: boolean;
  readonly debug: boolean;
}

/** Gives the step image, built where it has not been built yet. `scratch` is a directory for it. */
export async function podImage({ bundle, debug }: ImageChoice, scratch: string): Promise<PodImage> {
  const target = debug ? "debug" : "step";
  const layout = await (bundle ? newestStepImage(target) : stepImage(target));
  return {
    ...(await imageProcess(layout)),
    layers: async (idShift) => {
      const unpacked = await unpack(layout, idShift);
      if (!bundle) return [unpacked];
      const changed = path.join(scratch, `bundle-${idShift}`);
      await writeBundle(changed, idShift);
      return [changed, unpacked];
    },
  };
}

/** Unpacks the image into its layout, once. */
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

async function shiftOwners(directory: string, idShift: number): Promise<void> {
  if (idShift === 0) return;
  // All files of the image are root's.
  await run("chown", ["--recursive", "--no-dereference", `${idShift}:${idShift}`, directory]);
}

async function writeBundle(layer: string, idShift: number): Promise<void> {
  const share = path.join(layer, "slipway/share/slipway");
  if (existsSync(share)) return;
  await mkdir(share, { recursive: true });
  const file = path.join(share, "slipway.mjs");
  await copyFile("dist/slipway.mjs", file);
  await run("sed", ["-i", "1s|.*|#!/slipway/bin/node|", file]);
  await shiftOwners(layer, idShift);
  await lchown(layer, idShift, idShift);
}
