import { locateContext } from "../context/open-context.ts";
import { readDockerfile } from "../context/read-dockerfile.ts";
import { assertBuiltInFrontend } from "../plan/frontend.ts";
import type { BuildRun, SourceOptions } from "./build-options.ts";

/** A Dockerfile and its context, found but not understood. */
export interface FoundDockerfile {
  /** What locations call it. */
  readonly file: string;
  /** Absolute. */
  readonly path: string;
  readonly bytes: Buffer;
  /** Absolute. */
  readonly contextDirectory: string;
}

/**
 * Finds and reads the Dockerfile, keeps its text in `run.sources`, and makes sure that it is one.
 *
 * @throws CONTEXT_*, DOCKERFILE_*
 */
export function findDockerfile(
  options: Pick<SourceOptions, "buildArgs" | "context" | "dockerfile" | "workspace">,
  run: Pick<BuildRun, "sources">,
): FoundDockerfile {
  const workingDirectory = process.cwd();
  const starts = { workingDirectory, workspace: options.workspace };
  const contextDirectory = locateContext({ ...options.context, ...starts });
  const places = { ...starts, context: contextDirectory };
  const { path, bytes } = readDockerfile(options.dockerfile, places);
  const file = options.dockerfile.split("/").at(-1) ?? "Dockerfile";
  run.sources.set(file, bytes.toString("utf8"));
  assertBuiltInFrontend({ source: bytes, file, buildArgs: options.buildArgs });
  return { file, path, bytes, contextDirectory };
}
