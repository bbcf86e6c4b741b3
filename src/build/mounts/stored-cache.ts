import type { KeptImages } from "../../cache/kept-images.ts";
import { type MountImage, readMountImage, toMountImage } from "../../cache/mount-image.ts";
import { isBuilderError } from "../../errors/builder-error.ts";
import type { TreeNode } from "../../filetree/node.ts";
import { FileTree } from "../../filetree/tree.ts";
import type { Contents } from "../../layer/contents.ts";
import { applyLayer } from "../../layer/layer-tree.ts";
import type { Spool } from "../../layer/spool.ts";
import type { Logger } from "../../log/logger.ts";
import { removeDirectory } from "../../rootfs/remove-directory.ts";
import { fingerprintsOf } from "../../rootfs/scan-directory.ts";
import { formatBytes } from "../../support/format-bytes.ts";
import { bytesOf, packCache, type StoredFiles } from "./pack-cache.ts";
import { type FilledDirectory, readDirectory } from "./read-directory.ts";
import { writeNode } from "./write-node.ts";

/** What caches are restored and stored with. */
export interface CacheStorage {
  readonly images: KeptImages;
  readonly contents: Contents;
  readonly spool: Spool;
  /** Caches whose files have more bytes are not stored. */
  readonly maxBytes: number;
  /** Milliseconds since 1970. */
  readonly now: () => number;
  readonly log: Logger;
  readonly signal: AbortSignal;
  /** Told, for a warning, why nothing can be restored or stored. */
  readonly giveUp: (reason: string) => void;
}

/** One cache, and what is stored of it. */
export class StoredCache {
  readonly #name: string;
  readonly #title: string;
  readonly #seed: TreeNode;
  readonly #storage: CacheStorage;
  #stored: Promise<StoredFiles | undefined> | undefined;

  /** It is stored as the image `name`, and called `title` in messages. */
  constructor(
    {
      name,
      title,
      seed,
    }: { readonly name: string; readonly title: string; readonly seed: TreeNode },
    storage: CacheStorage,
  ) {
    this.#name = name;
    this.#title = title;
    this.#seed = seed;
    this.#storage = storage;
  }

  /**
   * Makes a directory of what is stored, or else of the seed.
   *
   * @throws what `writeNode` throws of the seed.
   */
  async fill(directory: string): Promise<FilledDirectory> {
    const { contents } = this.#storage;
    const stored = await this.#find();
    const isRestored = stored !== undefined && stored.layers.length > 0;
    if (!isRestored || !(await this.#restore(directory, stored))) {
      await writeNode(directory, this.#seed, contents);
      return { tree: this.#seedTree(), fingerprints: await fingerprintsOf(directory) };
    }
    return { tree: stored.tree, fingerprints: await fingerprintsOf(directory) };
  }

  /**
   * The image of what a directory holds now, where that is to be stored. The directory is not looked at any more
   * then.
   *
   * @throws FILESYSTEM_NO_SPACE, FILESYSTEM_FAILED, CONTEXT_UNREADABLE, IMAGE_MALFORMED
   */
  async pack(
    directory: string,
    filled: FilledDirectory | undefined,
  ): Promise<MountImage | undefined> {
    const { contents, maxBytes, log } = this.#storage;
    const stored = await this.#find();
    if (stored === undefined) return undefined;
    const tree = await readDirectory(directory, filled, contents);
    const bytes = bytesOf(tree);
    if (bytes <= maxBytes) return packCache(tree, stored, this.#storage);
    log.warn("a cache mount is too large to be stored", {
      cache: this.#title,
      size: formatBytes(bytes),
      most: formatBytes(maxBytes),
    });
    return undefined;
  }

  /** Stores an image of this cache. */
  async store(image: MountImage): Promise<void> {
    const { images, now, signal, log } = this.#storage;
    const storedMs = now();
    await images.put(
      [this.#name],
      { layers: image.layers, inFormat: (format) => toMountImage(image, format, storedMs) },
      signal,
    );
    const [last] = image.layers.slice(-1);
    log.info("stored a cache mount", {
      cache: this.#title,
      layers: image.layers.length,
      sent: formatBytes(last?.descriptor.size ?? 0),
    });
  }

  /** What is stored, found out once; undefined where that cannot be told, and nothing shall take its place. */
  #find(): Promise<StoredFiles | undefined> {
    this.#stored ??= this.#download();
    return this.#stored;
  }

  async #download(): Promise<StoredFiles | undefined> {
    const { images, signal, giveUp } = this.#storage;
    const nothing: StoredFiles = { layers: [], tree: new FileTree() };
    try {
      const image = await images.find(this.#name, readMountImage, signal);
      return image === undefined ? nothing : await this.#read(image);
    } catch (error) {
      signal.throwIfAborted();
      if (!isBuilderError(error)) throw error;
      if (error.code !== "IMAGE_MALFORMED") {
        giveUp(error.message);
        return undefined;
      }
      this.#warn("a stored cache mount is broken, and begins anew", error);
      return nothing;
    }
  }

  /** Each layer is read twice, for its headers and for its files, and so it is kept meanwhile. */
  async #read(image: MountImage): Promise<StoredFiles> {
    const { spool } = this.#storage;
    const tree = this.#seedTree();
    tree.clear("");
    const layers = [];
    for (const layer of image.layers) {
      const kept = await spool.keep(layer);
      await applyLayer(tree, kept, { diffId: layer.diffId });
      layers.push({ ...layer, open: () => kept.open() });
    }
    return { layers, tree };
  }

  async #restore(directory: string, { tree, layers }: StoredFiles): Promise<boolean> {
    const { contents, log, signal } = this.#storage;
    try {
      await writeNode(directory, tree.root, contents);
    } catch (error) {
      signal.throwIfAborted();
      if (!isBuilderError(error)) throw error;
      this.#warn("a stored cache mount cannot be restored", error);
      removeDirectory(directory);
      this.#stored = Promise.resolve(undefined);
      return false;
    }
    const size = formatBytes(bytesOf(tree));
    log.info("restored a cache mount", { cache: this.#title, size, layers: layers.length });
    return true;
  }

  #seedTree(): FileTree {
    return new FileTree(this.#seed.type === "directory" ? this.#seed : undefined);
  }

  #warn(message: string, { message: reason }: Error): void {
    this.#storage.log.warn(message, { cache: this.#title, reason });
  }
}
