import { isBuilderError } from "../errors/builder-error.ts";
import { malformed } from "../errors/image-error.ts";
import type { DirectoryEntry, LayerEntry } from "./layer-entry.ts";
import type { LeafNode } from "./node.ts";
import { resolvePath } from "./resolve.ts";
import { type FileTree, joinPath, parentOf } from "./tree.ts";

/**
 * Applies all entries of one layer to the tree of the layers below it.
 *
 * @throws IMAGE_MALFORMED as `LayerApplier.apply` does.
 */
export function applyEntries(tree: FileTree, entries: Iterable<LayerEntry>): void {
  const applier = new LayerApplier(tree);
  for (const entry of entries) applier.apply(entry);
}

/**
 * Applies one layer's entries, in archive order, to the tree of the layers below it (OCI image
 * specification, "Applying Changesets").
 *
 * Links on the way to an entry are followed inside the tree, as they would be on disk: with
 * `bin -> usr/bin`, the entry `bin/sh` is `usr/bin/sh`. Whiteouts and opaque markers hide only what
 * was there before the layer, wherever in the archive they stand.
 */
export class LayerApplier {
  readonly #tree: FileTree;
  /** What this layer has put, and all directories on the way there. */
  readonly #touched = new Set<string>([""]);
  /** Archives are ordered by directory, so the last one is nearly always the next one too. */
  #lastDirectory = { path: "", resolved: "" };

  /** Changes `tree` in place; one applier serves one layer. */
  constructor(tree: FileTree) {
    this.#tree = tree;
  }

  /**
   * Applies the next entry.
   *
   * @throws IMAGE_MALFORMED when it lies below something that is not a directory, or is a hard link
   *   to what does not exist, or to a directory.
   */
  apply(entry: LayerEntry): void {
    switch (entry.kind) {
      case "put":
        this.#put(entry.path, entry.node);
        break;
      case "link":
        this.#put(entry.path, this.#linked(entry.path, entry.target));
        break;
      case "whiteout":
        this.#removeLower(this.#locate(entry.path));
        this.#forgetDirectory();
        break;
      case "opaque":
        this.#removeLowerChildren(this.#directory(entry.path));
        this.#forgetDirectory();
        break;
    }
  }

  #put(path: string, node: LeafNode | DirectoryEntry): void {
    const at = this.#locate(path);
    if (node.type === "symlink" || this.#tree.get(at) !== undefined) this.#forgetDirectory();
    if (node.type === "directory") this.#tree.setDirectory(at, node);
    else if (at === "") throw malformed(`the root is a ${node.type} in the layer`);
    else this.#tree.setLeaf(at, node);
    this.#touch(at);
  }

  #linked(path: string, target: string): LeafNode {
    const node = this.#tree.get(this.#locate(target));
    if (node === undefined) {
      throw malformed(`the hard link ${path} leads to ${target}, which does not exist`);
    }
    if (node.type === "directory") {
      throw malformed(`the hard link ${path} leads to ${target}, which is a directory`);
    }
    return node;
  }

  #touch(path: string): void {
    for (let at = path; !this.#touched.has(at); [at] = parentOf(at)) this.#touched.add(at);
  }

  #removeLower(path: string): void {
    if (this.#touched.has(path)) this.#removeLowerChildren(path);
    else this.#tree.remove(path);
  }

  #removeLowerChildren(path: string): void {
    const node = this.#tree.get(path);
    if (node?.type !== "directory") return;
    for (const name of node.children.keys()) this.#removeLower(joinPath(path, name));
  }

  /** Where an entry's path is in the tree: links on the way are followed, one at its end is not. */
  #locate(path: string): string {
    const [directory, name] = parentOf(path);
    return joinPath(this.#directory(directory), name);
  }

  #directory(path: string): string {
    if (path !== this.#lastDirectory.path) {
      this.#lastDirectory = { path, resolved: this.#resolve(path) };
    }
    return this.#lastDirectory.resolved;
  }

  /** After a change that links may lead through: the directory may be another one now. */
  #forgetDirectory(): void {
    this.#lastDirectory = { path: "", resolved: "" };
  }

  #resolve(path: string): string {
    try {
      const { path: resolved, node } = resolvePath(this.#tree, path);
      if (node?.type !== "directory") this.#requireDirectoryAbove(resolved, path);
      return resolved;
    } catch (error) {
      if (!isBuilderError(error, "CONTEXT_UNREADABLE")) throw error;
      throw malformed(error.message, { cause: error });
    }
  }

  /** `resolved` may be missing and is made then, but what there is of it must be directories. */
  #requireDirectoryAbove(resolved: string, written: string): void {
    let at = resolved;
    while (this.#tree.get(at) === undefined) [at] = parentOf(at);
    if (this.#tree.get(at)?.type === "directory") return;
    throw malformed(`an entry lies in ${written}, but ${at} is not a directory`);
  }
}
