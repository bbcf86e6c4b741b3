import type { SplitPattern } from "../filetree/glob.ts";
import type { FileTree } from "../filetree/tree.ts";

/**
 * Files that COPY and ADD can take from: the build context, or a named one.
 *
 * Nothing is copied and nothing is read before an instruction asks for it; a file's bytes are read
 * straight into the layer. Ignored files do not exist here.
 */
export interface BuildContext {
  /** How messages call it, such as `/workspace/source`. */
  readonly description: string;
  /**
   * Returns a tree that holds everything at and below what each of `patterns` names (relative to the
   * context's root; the empty path is all of it), and all links on the way. What it holds of other
   * paths is not said. All owners are 0:0.
   *
   * @throws CONTEXT_UNREADABLE when something there cannot be read.
   * @throws DOCKERFILE_INVALID when a pattern is malformed.
   */
  load(patterns: readonly SplitPattern[]): Promise<FileTree>;
  /** The patterns of the ignore file, and its path; undefined where there is none. */
  readonly ignore: { readonly file: string; readonly patterns: readonly string[] } | undefined;
}
