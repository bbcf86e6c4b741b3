import type { KeyPart } from "../cache/cache-key.ts";
import type { StepParts } from "../cache/step-key.ts";
import type { SplitPattern } from "../filetree/glob.ts";
import type { FileTree } from "../filetree/tree.ts";

/** Files that an instruction takes from elsewhere, for the key of its layer. */
export interface TakenFiles {
  readonly source: FilesSource;
  /** What the instruction takes of them, in a tree of its own. */
  readonly take: (files: FileTree) => FileTree;
}

/** Where an instruction takes files from. */
export type FilesSource =
  | {
      /** Stage, image or named context; the build context where undefined. */
      readonly from: string | undefined;
      /** What has to be loaded of it. */
      readonly patterns: readonly SplitPattern[];
    }
  | { readonly load: () => Promise<FileTree> };

/** Tells what stands for files in the key of a layer. */
export type IdentifyFiles = (files: TakenFiles) => Promise<KeyPart>;

/** The files of a stage as an instruction leaves them. */
export interface MadeFiles {
  readonly tree: FileTree;
  /** Whether `tree` is only what the layer is to hold, whatever lies below it (`COPY --link`). */
  readonly isLinked: boolean;
}

/** An instruction that makes a layer, when it has changed the configuration, and before it is carried out. */
export interface LayerStep {
  /** The history's words. */
  readonly createdBy: string;
  /** Which of kaniko's two flags decides on whether its layer is cached. */
  readonly cachedAs: "run" | "copy";
  /** Whether the layer does not depend on the files that the instruction finds. */
  readonly isLinked: boolean;
  /**
   * Whether nothing but the history's words, the image's configuration and the files that it finds decide on the
   * layer.
   */
  readonly isToldByHistory: () => boolean;
  /** What the layer depends on, beside these files. */
  readonly parts: (identify: IdentifyFiles) => Promise<StepParts>;
  readonly make: () => Promise<MadeFiles>;
}
