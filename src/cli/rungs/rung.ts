import type { Isolation } from "../../isolation/isolation.ts";
import type { Contents } from "../../layer/contents.ts";
import type { StageRootFactory } from "../../rootfs/stage-root.ts";

/** A rung of the ladder that works here, for the processes of this build. */
export interface Rung {
  readonly isolation: Isolation;
  /** An existing directory for all that commands shall see, absolute. */
  readonly directory: string;
  readonly openRoots: (contents: Contents) => StageRootFactory;
}
