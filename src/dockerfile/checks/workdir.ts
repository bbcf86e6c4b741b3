import type { WorkdirInstruction } from "../instruction.ts";
import type { CheckReporter } from "./reporter.ts";

/** WorkdirRelativePath, for the first WORKDIR: what a relative one leads to is up to the base image. */
export function checkWorkdir(
  { path, location }: WorkdirInstruction,
  reporter: CheckReporter,
): void {
  if (path.startsWith("/")) return;
  const message = `Relative workdir "${path}" can have unexpected results if the base image changes`;
  reporter.report("WorkdirRelativePath", location, message);
}
