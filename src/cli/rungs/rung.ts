import type { InplaceOptions } from "../../isolation/inplace/probe-inplace.ts";
import type { Isolation } from "../../isolation/isolation.ts";
import type { Refusal } from "../../isolation/refusal.ts";
import type { Contents } from "../../layer/contents.ts";
import type { Logger } from "../../log/logger.ts";
import type { StageRootFactory } from "../../rootfs/stage-root.ts";

/** A rung of the ladder that works here, for a build in this very process. */
export interface Rung {
  readonly isolation: Isolation;
  /** Whether files keep the owners that commands give them. */
  readonly keepsOwners: boolean;
  /** An existing directory for all that commands shall see, absolute. */
  readonly directory: string;
  readonly openRoots: (contents: Contents) => StageRootFactory;
}

export interface RungOptions extends Omit<InplaceOptions, "covers"> {
  /** Absolute. */
  readonly workDirectory: string;
  readonly signal: AbortSignal;
  readonly log: Logger;
}

/**
 * What became of the attempt to build on one rung.
 * - `exited`: the build is done, or another process has done it and ended with this code.
 * - `refused`: nothing was done.
 */
export type Outcome =
  | { readonly kind: "exited"; readonly code: number }
  | { readonly kind: "refused"; readonly refusals: readonly Refusal[] };

/** Builds on a rung if it works here, by `build` where that is done in this very process. */
export type Attempt = (
  options: RungOptions,
  build: (rung: Rung) => Promise<number>,
) => Promise<Outcome>;
