import { createHash } from "node:crypto";
import { malformed } from "../errors/image-error.ts";
import { LayerApplier } from "../filetree/apply.ts";
import type { LayerEntry } from "../filetree/layer-entry.ts";
import type { FileContent, LayerSource } from "../filetree/node.ts";
import type { FileTree } from "../filetree/tree.ts";
import { type Digest, digestFromHex } from "../image/digest.ts";
import { type FileBody, readBody } from "./file-body.ts";
import { hashing } from "./hashing.ts";
import { inLayer, LayerArchive } from "./layer-archive.ts";
import { layerEntryOf } from "./tar-entry.ts";
import { readTar, type TarEntry, type TarLimits } from "./tar-reader.ts";

export interface ApplyLayerOptions extends TarLimits {
  /** Digest that the uncompressed archive must have, as the image's configuration says it. */
  readonly diffId: Digest;
  /** Told of each entry that has been applied. */
  readonly onEntry?: (entry: LayerEntry) => void;
}

/** Files that names in `--chown` and USER are looked up in: a build nearly always reads them. */
const accountFile = /^\.?\/?etc\/(?:passwd|group)$/;
const largestAccountFile = 1024 * 1024;

const empty: FileContent = { kind: "empty" };

/**
 * Applies a layer to the tree of those below it, in one pass over its archive. Contents are not
 * kept, but for small account files: the tree remembers where in the layer they are.
 *
 * When it throws, `tree` has been changed in part.
 *
 * @throws IMAGE_MALFORMED when the layer is damaged, hostile, or not the one that `diffId` means;
 *   and whatever reading the layer throws.
 */
export async function applyLayer(
  tree: FileTree,
  layer: LayerSource,
  options: ApplyLayerOptions,
): Promise<void> {
  const applier = new LayerApplier(tree);
  await readEntries(layer, options, (said) => {
    applier.apply(said);
    options.onEntry?.(said);
  });
}

/**
 * Reads what a layer says, in one pass over its archive. `take` gets each entry, and the bytes of its file where they
 * are still to be read; whoever wants them reads them before the promise is settled.
 *
 * @throws as `applyLayer` does, and what `take` throws.
 */
export async function readEntries(
  layer: LayerSource,
  options: Omit<ApplyLayerOptions, "onEntry">,
  take: (said: LayerEntry, body: FileBody | undefined) => Promise<void> | void,
): Promise<void> {
  const hash = createHash("sha256");
  await using archive = await LayerArchive.open(layer);
  try {
    for await (const entry of readTar(hashing(archive, hash), options)) {
      const content = await contentOf(entry, layer);
      const said = layerEntryOf(entry.header, content);
      if (said === undefined) continue;
      const taken = take(said, content.kind === "layer" ? entry.body : undefined);
      if (taken !== undefined) await taken;
    }
    const diffId = digestFromHex(hash.digest("hex"));
    if (diffId !== options.diffId) {
      throw malformed(`its archive is ${diffId}, not ${options.diffId}`);
    }
  } catch (error) {
    throw inLayer(layer, error);
  }
}

/** Whether trees have all of a file's bytes, by its path in the layer and its size. */
export function isKeptWhole(path: string, size: number): boolean {
  return accountFile.test(path) && size <= largestAccountFile;
}

async function contentOf(
  { header, body, offset }: TarEntry,
  layer: LayerSource,
): Promise<FileContent> {
  if (header.size === 0) return empty;
  if (isKeptWhole(header.name, header.size)) {
    return { kind: "inline", bytes: await readBody(body) };
  }
  return { kind: "layer", layer, offset };
}
