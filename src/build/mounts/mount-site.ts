import { posix } from "node:path";
import { DockerfileError } from "../../errors/dockerfile-error.ts";
import type { StepScope } from "../scope.ts";

/** What the mounts of one RUN are made with. */
export interface MountSite {
  readonly scope: StepScope;
  /** Takes what has to be taken back after the command. */
  readonly resources: AsyncDisposableStack;
}

/**
 * The absolute path in the image that `target` means; a relative one begins at the working directory.
 *
 * @throws DOCKERFILE_INVALID for the root, which cannot be covered.
 */
export function absoluteTarget(target: string, scope: StepScope): string {
  const path = posix.resolve(scope.state.workingDirectory, target);
  if (path !== "/") return path;
  throw new DockerfileError("DOCKERFILE_INVALID", `invalid mount target "/"`, {
    hint: "Mount it on a directory of its own",
  });
}
