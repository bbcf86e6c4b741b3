import type { FileNode } from "../filetree/node.ts";

/** Files of one layer by their offset in its archive; copies of a file have the same. */
export class FilesByOffset {
  readonly #first = new Map<number, FileNode>();
  /** Few files have copies: an array for each file would take more than the map. */
  readonly #copies = new Map<number, FileNode[]>();

  /** How many offsets there are. */
  get size(): number {
    return this.#first.size;
  }

  add(offset: number, node: FileNode): void {
    const copies = this.#copies.get(offset);
    if (!this.#first.has(offset)) this.#first.set(offset, node);
    else if (copies === undefined) this.#copies.set(offset, [node]);
    else copies.push(node);
  }

  /** All files there, in the order in which they were added; undefined where there is none. */
  at(offset: number): readonly FileNode[] | undefined {
    const first = this.#first.get(offset);
    return first === undefined ? undefined : [first, ...(this.#copies.get(offset) ?? [])];
  }
}
