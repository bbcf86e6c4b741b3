// `npm run image`: slipway builds its own step image, twice. Fails where the two differ, or the image is too large.
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { buildStepImage, makeStepImage } from "../test/support/step-image.ts";

/** The sum of the compressed layers, in bytes. */
const sizeLimit = 75e6;

const scratch = await mkdtemp(path.join(tmpdir(), "slipway-image-"));
try {
  const image = await makeStepImage();
  const again = path.join(scratch, "again");
  await buildStepImage({ layout: again, target: "step" });
  const [digest, other] = [await digestOf(image), await digestOf(again)];
  const size = await sizeOf(image, digest);
  process.stdout.write(`${image}\n${digest}\n${(size / 1e6).toFixed(1)} MB compressed\n`);
  if (digest !== other) throw new Error(`a second build gave ${other}`);
  if (size > sizeLimit) throw new Error(`it is larger than ${sizeLimit / 1e6} MB`);
} finally {
  await rm(scratch, { recursive: true });
}

interface Descriptor {
  readonly digest: string;
  readonly size: number;
}

async function digestOf(layout: string): Promise<string> {
  const index = await readJson<{ manifests: readonly [Descriptor] }>(layout, "index.json");
  return index.manifests[0].digest;
}

async function sizeOf(layout: string, digest: string): Promise<number> {
  const blob = path.join("blobs", digest.replace(":", "/"));
  const { layers } = await readJson<{ layers: readonly Descriptor[] }>(layout, blob);
  return layers.reduce((sum, layer) => sum + layer.size, 0);
}

async function readJson<T>(layout: string, name: string): Promise<T> {
  return JSON.parse(await readFile(path.join(layout, name), "utf8")) as T;
}
