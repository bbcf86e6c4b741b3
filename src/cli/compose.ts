import { InternalError } from "../errors/internal-error.ts";
import type { RunBuild } from "./build-options.ts";

/** Builds: puts all parts together and runs them. */
export const runBuild: RunBuild = () => {
  return Promise.reject(new InternalError("the build is not wired yet"));
};
