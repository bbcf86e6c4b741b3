import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { copyFile, lchown, mkdir, readdir } from "node:fs/promises";
import path from "node:path";
import { promisify } from "node:util";
import { type PodImage, podImageOf, shiftOwners } from "../../test/support/pod-image.ts";
import { newestStepImage, stepImage } from "../../test/support/step-image.ts";

const run = promisify(execFile);

/** Which step image is meant. */
export interface ImageChoice {
  /** The newest that there is, with the programs in dist of now, instead of one of all that is here now. */
  readonly bundle: boolean;
  readonly debug: boolean;
}

/** Gives the step image, built where it has not been built yet. `scratch` is a directory for it. */
export async function podImage({ bundle, debug }: ImageChoice, scratch: string): Promise<PodImage> {
  const target = debug ? "debug" : "step";
  const image = await podImageOf(await (bundle ? newestStepImage(target) : stepImage(target)));
  if (!bundle) return image;
  return {
    ...image,
    layers: async (idShift) => {
      const changed = path.join(scratch, `bundle-${idShift}`);
      await writeBundle(changed, idShift);
      return [changed, ...(await image.layers(idShift))];
    },
  };
}

async function writeBundle(layer: string, idShift: number): Promise<void> {
  const share = path.join(layer, "slipway/share/slipway");
  if (existsSync(share)) return;
  await mkdir(share, { recursive: true });
  const programs = (await readdir("dist")).filter((name) => /\.(?:mjs|js|cache)$/.test(name));
  for (const name of programs) await copyFile(path.join("dist", name), path.join(share, name));
  await run("sed", [
    "-i",
    "1s|.*|#!/slipway/bin/node --min-semi-space-size=8|",
    path.join(share, "slipway.mjs"),
  ]);
  await shiftOwners(layer, idShift);
  await lchown(layer, idShift, idShift);
}
