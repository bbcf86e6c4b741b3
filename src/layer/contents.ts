import { malformed } from "../errors/image-error.ts";
import type { FileContent, FileNode, LayerSource } from "../filetree/node.ts";
import { ContentPack, type LayerContent } from "./content-pack.ts";
import { bodyOf, type FileBody } from "./file-body.ts";
import { FilesByOffset } from "./files-by-offset.ts";
import { inLayer, LayerArchive } from "./layer-archive.ts";
import { openLocal } from "./local-body.ts";
import { readTar } from "./tar-reader.ts";

/** What `forEachContent` calls. The body can be read until the promise is settled. */
export type VisitContent = (node: FileNode, body: FileBody) => Promise<void> | void;

const nothing = bodyOf(new Uint8Array(0));

/**
 * The bytes of files, wherever they are. A layer can only be read from the front: whoever needs
 * several files names them at once, to `prefetch` or `forEachContent`, and each layer is read once,
 * up to the last of them.
 *
 * May be used by several steps at the same time. What it keeps is gone after disposal.
 */
export class Contents implements AsyncDisposable {
  readonly #directory: string;
  #pack: Promise<ContentPack> | undefined;
  /** Where the bytes of files went that are passing. */
  readonly #relocated = new WeakMap<FileContent, Extract<FileContent, { kind: "layer" }>>();

  /** `scratchDirectory` exists, and has room for what is prefetched. */
  constructor(scratchDirectory: string) {
    this.#directory = scratchDirectory;
  }

  /**
   * Opens the content of `node`; the body is to be read once.
   *
   * @throws CONTEXT_UNREADABLE when a file of this machine cannot be read, now or while it is read.
   * @throws IMAGE_MALFORMED when the layer does not have it, and what opening the layer throws.
   */
  async open(node: FileNode): Promise<FileBody> {
    const { size } = node;
    const content = this.#placeOf(node);
    if (content.kind === "empty") return nothing;
    if (content.kind === "inline") return bodyOf(content.bytes);
    if (content.kind === "local") {
      return openLocal({ path: content.path, size, passing: content.passing });
    }
    await this.prefetch([node]);
    return (await this.#openPack()).open(content);
  }

  /**
   * Reads those of `nodes` that are in layers, and stores them so that `open` has them at hand.
   *
   * @throws FILESYSTEM_NO_SPACE, FILESYSTEM_FAILED, and what `open` throws.
   */
  async prefetch(nodes: Iterable<FileNode>): Promise<void> {
    for (const [layer, files] of await this.#findLayers(nodes)) {
      const pack = await this.#openPack();
      await readContents(layer, files, ({ content, body }) => pack.store(content, body));
    }
  }

  /**
   * Calls `visit` once for each of `nodes`, one after the other: first for those whose content is
   * at hand, then layer by layer in the order of the archives. Nothing is stored, but large
   * contents that several nodes have in common.
   *
   * @throws what `prefetch` throws, and what `visit` throws.
   */
  async forEachContent(nodes: Iterable<FileNode>, visit: VisitContent): Promise<void> {
    const visitNow = async (node: FileNode): Promise<void> => visit(node, await this.open(node));
    for (const [layer, files] of await this.#findLayers(nodes, visitNow)) {
      await readContents(layer, files, async ({ content, body, nodes: copies }) => {
        const isShared = body.whole === undefined && copies.length > 1;
        if (isShared) await (await this.#openPack()).store(content, body);
        for (const node of copies) await visit(node, isShared ? await this.open(node) : body);
      });
    }
  }

  /** Says that `layer` has the bytes of these files from now on: the passing ones are read from it. */
  relocate(layer: LayerSource, offsets: ReadonlyMap<FileNode, number>): void {
    for (const [{ content }, offset] of offsets) {
      if (!isPassing(content)) continue;
      this.#relocated.set(content, { kind: "layer", layer, offset });
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await (await this.#pack)?.[Symbol.asyncDispose]();
  }

  #placeOf({ content }: FileNode): FileContent {
    return this.#relocated.get(content) ?? content;
  }

  #openPack(): Promise<ContentPack> {
    this.#pack ??= ContentPack.create(this.#directory);
    return this.#pack;
  }

  /** Those of `nodes` that have to be found in a layer first. The others are given to `visit` at once. */
  async #findLayers(
    nodes: Iterable<FileNode>,
    visit?: (node: FileNode) => Promise<void>,
  ): Promise<ReadonlyMap<LayerSource, FilesByOffset>> {
    const pack = await this.#pack;
    const layers = new Map<LayerSource, FilesByOffset>();
    for (const node of nodes) {
      const content = this.#placeOf(node);
      if (content.kind === "layer" && pack?.has(content) !== true) {
        const files = layers.get(content.layer) ?? new FilesByOffset();
        layers.set(content.layer, files);
        files.add(content.offset, node);
      } else if (visit !== undefined) await visit(node);
    }
    return layers;
  }
}

/** Whether the bytes have to be read before the file changes. */
export function isPassing(content: FileContent): boolean {
  return content.kind === "local" && content.passing === true;
}

/** A content that has been come upon in a layer. */
interface FoundContent {
  readonly content: LayerContent;
  /** All that have it; one at least. */
  readonly nodes: readonly FileNode[];
  /** To be read at once. */
  readonly body: FileBody;
}

/** Reads `layer` up to the last of `files`, in the order of its archive. */
async function readContents(
  layer: LayerSource,
  files: FilesByOffset,
  take: (found: FoundContent) => Promise<void>,
): Promise<void> {
  let left = files.size;
  await using archive = await LayerArchive.open(layer);
  try {
    for await (const { offset, body } of readTar(archive)) {
      const nodes = files.at(offset);
      if (nodes === undefined || nodes.some(({ size }) => size !== body.size)) continue;
      await take({ content: { layer, offset }, nodes, body });
      left -= 1;
      if (left === 0) break;
    }
    if (left > 0) throw malformed("it lacks files that it had before");
    await archive.finish();
  } catch (error) {
    throw inLayer(layer, error);
  }
}
