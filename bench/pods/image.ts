import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { copyFile, lchown, mkdir, mkdtemp, readdir, rename, rm, stat } from "node:fs/promises";
import path from "node:path";
import { promisify } from "node:util";
import { cacheDirectory } from "../../test/support/debian-image.ts";
import { layoutTag } from "../../test/support/oci-layout.ts";
import { type ImageProcess, imageProcess } from "../../test/support/pods.ts";
import { stepImage } from "../../test/support/step-image.ts";

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
  const target = debug ? "debug" : undefined;
  const layout = bundle ? await newestImage(debug) : await stepImage(target);
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

async function newestImage(debug: boolean): Promise<string> {
  const pattern = debug ? /^step-image-debug-[0-9a-f]+$/ : /^step-image-[0-9a-f]+$/;
  const names = (await readdir(cacheDirectory())).filter((name) => pattern.test(name));
  const paths = names.map((name) => path.join(cacheDirectory(), name));
  const times = await Promise.all(paths.map(async (name) => (await stat(name)).mtimeMs));
  const newest = paths[times.indexOf(Math.max(...times))];
  return newest ?? stepImage(debug ? "debug" : undefined);
}

/** Unpacks the image beside its layout, once. */
async function unpack(layout: string, idShift: number): Promise<string> {
  const bundle = `${layout}.root-${idShift}`;
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
