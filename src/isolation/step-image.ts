import { existsSync } from "node:fs";

/** The directory of slipway's step image that holds all that is slipway's. */
export const stepImageDirectory = "/slipway";

/** A directory in it that everybody may write to, as long as the root may be written to. */
export const stepImageTemporaryDirectory = `${stepImageDirectory}/tmp`;

/** What of the step image stays in its root: it also has kaniko's names, and its debug variant a shell. */
export const stepImageNames: readonly string[] = [stepImageDirectory, "/kaniko", "/busybox"];

/** Whether this process runs in slipway's step image, in a container that is slipway's alone. */
export function inStepImage(): boolean {
  return existsSync(`${stepImageDirectory}/step-image`);
}
