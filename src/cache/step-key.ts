import type { LayerCompression } from "../layer/layer-blob.ts";
import { type CacheKey, cacheKeyOf, type KeyPart } from "./cache-key.ts";

/** What a RUN depends on, beside the files that it finds. */
export interface RunParts {
  readonly kind: "RUN";
  /** The words that are executed, the shell's included. */
  readonly args: readonly string[];
  /** A heredoc that is a program of its own: its name and its text. */
  readonly script: readonly [name: string, text: string] | null;
  /** `NAME=value`, sorted; without variables of proxies, and without secrets. */
  readonly environment: readonly string[];
  readonly user: string;
  readonly directory: string;
  readonly network: string;
  readonly security: string;
  readonly devices: readonly string[];
  /** Of files what they are, of secrets, agents and caches only how they are shown. */
  readonly mounts: readonly KeyPart[];
}

/** What a COPY or ADD depends on. */
export interface CopyParts {
  readonly kind: "COPY" | "ADD";
  readonly sources: readonly string[];
  /** Absolute. */
  readonly destination: string;
  /** As written: what a name means is among the files of the stage. */
  readonly chown: string | null;
  readonly chmod: string | null;
  readonly exclude: readonly string[];
  readonly parents: boolean;
  /** `--unpack`, where it is given. */
  readonly unpack: boolean | null;
  /** What the sources have, each by its content. */
  readonly files: readonly KeyPart[];
  /** Files that stand in the Dockerfile: their names and texts. */
  readonly inline: readonly (readonly [name: string, text: string])[];
}

/** What a WORKDIR depends on. */
export interface WorkdirParts {
  readonly kind: "WORKDIR";
  /** Absolute. */
  readonly path: string;
  /** Who owns directories that it makes. */
  readonly user: string;
}

/** What the first layer of a stage depends on that is built from a build context. */
export interface ContextParts {
  readonly kind: "FROM";
  readonly files: KeyPart;
}

export type StepParts = RunParts | CopyParts | WorkdirParts | ContextParts;

/** What every step depends on. */
export interface StepSurroundings {
  /**
   * The files that the step finds: by how they came about, or by what they are. Null for a step that does not
   * look at them (`COPY --link`).
   */
  readonly parent: string | null;
  readonly platform: string;
  /** SOURCE_DATE_EPOCH in seconds, or null. */
  readonly latestMtime: number | null;
  readonly compression: LayerCompression;
}

/**
 * The key of a step's layer. All that can change the layer is in it, and nothing else: no modification times
 * of the context's files, no values of secrets and proxies, no order of flags.
 */
export function stepKey(parts: StepParts, around: StepSurroundings): CacheKey {
  const { algorithm, level = null } = around.compression;
  return cacheKeyOf(["step", { ...parts }, { ...around, compression: [algorithm, level] }]);
}

/** What stands for the files of a stage after a step: those before it, and what the step did to them. */
export function chainKey(before: string, step: string): CacheKey {
  return cacheKeyOf(["chain", before, step]);
}

/** What stands for files that layers are all that is known of: an image's, by the digests of their archives. */
export function layersKey(diffIds: readonly string[]): CacheKey {
  return cacheKeyOf(["layers", diffIds]);
}
