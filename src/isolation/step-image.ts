import { existsSync } from "node:fs";

/** The directory of slipway's step image that holds all that is slipway's. */
export const stepImageDirectory = "/slipway";

/** What of the step image is needed while its own root is another image's: the debug variant has a shell. */
export const stepImageNames: readonly string[] = [stepImageDirectory, "/busybox"];

/** Whether this process runs in slipway's step image, in a container that is slipway's alone. */
export function inStepImage(): boolean {
  return existsSync(`${stepImageDirectory}/step-image`);
}
