import { join } from "node:path";
import type { TreeNode } from "../../filetree/node.ts";
import type { Contents } from "../../layer/contents.ts";
import { removeDirectory } from "../../rootfs/remove-directory.ts";
import { writeNode } from "./write-node.ts";

/** Files on disk for one command, which may change them; disposal removes them. */
export interface OwnCopy extends Disposable {
  readonly path: string;
}

/** Parts of file trees as files on disk, for commands to see. Used by several steps at a time. */
export class TreeDirectories {
  readonly #directory: string;
  readonly #contents: Pick<Contents, "forEachContent">;
  readonly #shared = new Map<TreeNode, Promise<string>>();
  #count = 0;

  /** All of it lies in `directory`, which is made on demand. */
  constructor(directory: string, contents: Pick<Contents, "forEachContent">) {
    this.#directory = directory;
    this.#contents = contents;
  }

  /**
   * The path of a file or directory that is like `node`, which does not change any more. Each node
   * is written once: nobody may write to it, and it stays until the end of the build.
   *
   * @throws FILESYSTEM_NO_SPACE, FILESYSTEM_FAILED, and whatever reading a content throws.
   */
  shared(node: TreeNode): Promise<string> {
    let written = this.#shared.get(node);
    if (written === undefined) {
      written = writeNode(this.#newPath(), node, this.#contents);
      this.#shared.set(node, written);
    }
    return written;
  }

  /** Like `shared`, but a copy for one command alone. */
  async own(node: TreeNode): Promise<OwnCopy> {
    const directory = this.#newPath();
    const remove = (): void => removeDirectory(directory);
    try {
      const path = await writeNode(directory, node, this.#contents);
      return { path, [Symbol.dispose]: remove };
    } catch (error) {
      remove();
      throw error;
    }
  }

  #newPath(): string {
    this.#count += 1;
    return join(this.#directory, String(this.#count));
  }
}
