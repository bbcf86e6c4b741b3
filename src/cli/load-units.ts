import { readFileSync } from "node:fs";
import { basename, dirname } from "node:path";
import { parseDockerfile } from "../dockerfile/parse.ts";
import { BuildFileError } from "../errors/build-file-error.ts";
import { errnoOf } from "../errors/filesystem-error.ts";
import { type ImageUnit, type IndexUnit, unitsOfImages } from "../fanout/image-units.ts";
import { parseBuildFile } from "../fanout/read-build-file.ts";
import { type StageUnits, unitsOfStages } from "../fanout/stage-units.ts";
import { type BuildPlan, planBuild } from "../plan/build-plan.ts";
import type { BuildRun } from "./build-options.ts";
import { findDockerfile } from "./find-dockerfile.ts";
import { planRequestOf } from "./query-options.ts";
import type { UnitSource } from "./unit-source.ts";

/** To be filled with the texts of files, for messages. */
type Run = Pick<BuildRun, "sources">;

/** Largest build file that is read, in bytes. */
const sizeLimit = 1 << 20;

/**
 * The units of a build file.
 *
 * @throws BUILD_FILE_NOT_FOUND, BUILD_FILE_INVALID
 */
export function loadImageUnits(
  { paths, variables }: Extract<UnitSource, { kind: "images" }>,
  { sources }: Run,
): readonly (ImageUnit | IndexUnit)[] {
  const { path, text } = readFirst(paths);
  const file = basename(path);
  sources.set(file, text);
  const directory = dirname(path);
  return unitsOfImages(parseBuildFile(text, { file, directory, variables }));
}

/**
 * The units of a Dockerfile, and the plan that they are parts of.
 *
 * @throws CONTEXT_*, DOCKERFILE_*
 */
export async function loadStageUnits(
  { options, destinations, runId }: Extract<UnitSource, { kind: "stages" }>,
  run: Run,
): Promise<StageUnits & { readonly plan: BuildPlan }> {
  const { bytes: source, file } = findDockerfile(options, run);
  const plan = planBuild(parseDockerfile(source, file), planRequestOf(options));
  const { buildArgs } = options;
  return { plan, ...(await unitsOfStages({ plan, source, buildArgs, destinations, runId })) };
}

function readFirst(paths: readonly string[]): { readonly path: string; readonly text: string } {
  for (const path of paths) {
    const bytes = readIfFile(path);
    if (bytes === undefined) continue;
    if (bytes.length <= sizeLimit) return { path, text: bytes.toString("utf8") };
    throw new BuildFileError("BUILD_FILE_INVALID", `the build file ${path} is larger than 1 MiB`);
  }
  const last = paths.at(-1) ?? "";
  throw new BuildFileError("BUILD_FILE_NOT_FOUND", `the build file ${last} does not exist`, {
    hint: `Looked for ${[...new Set(paths)].join(", ")}`,
  });
}

function readIfFile(path: string): Buffer | undefined {
  try {
    return readFileSync(path);
  } catch (error) {
    if (["ENOENT", "ENOTDIR"].includes(errnoOf(error) ?? "")) return undefined;
    throw new BuildFileError("BUILD_FILE_NOT_FOUND", `the build file ${path} cannot be read`, {
      cause: error,
    });
  }
}
