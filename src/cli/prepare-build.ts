import type { BuildRequest } from "../build/ports.ts";
import { locateContext } from "../context/open-context.ts";
import { readDockerfile } from "../context/read-dockerfile.ts";
import type { Dockerfile } from "../dockerfile/instruction.ts";
import { parseDockerfile } from "../dockerfile/parse.ts";
import { UsageError } from "../errors/usage-error.ts";
import { fileTimeOf } from "../filetree/stat-values.ts";
import { planBuild } from "../plan/build-plan.ts";
import type { BuildOptions, BuildRun } from "./build-options.ts";

/** What can be known of a build before anything is pulled. */
export interface PreparedBuild {
  readonly dockerfile: Dockerfile;
  /** Absolute. */
  readonly dockerfilePath: string;
  /** Absolute. */
  readonly contextDirectory: string;
  readonly request: BuildRequest;
  /** Whether any stage that will be built has a RUN. */
  readonly hasRun: boolean;
}

/**
 * Reads and plans the Dockerfile.
 *
 * @throws CONTEXT_*, DOCKERFILE_*, USAGE_INVALID_VALUE
 */
export function prepareBuild(options: BuildOptions, run: BuildRun): PreparedBuild {
  const workingDirectory = process.cwd();
  const contextDirectory = locateContext({ ...options.context, workingDirectory });
  const places = { workingDirectory, context: contextDirectory };
  const { path, bytes } = readDockerfile(options.dockerfile, places);
  const name = options.dockerfile.split("/").at(-1) ?? "Dockerfile";
  run.sources.set(name, bytes.toString("utf8"));
  const dockerfile = parseDockerfile(bytes, name);
  const request = requestOf(options, run);
  const plan = planBuild(dockerfile, request);
  const hasRun = plan.reachable.some((index) =>
    plan.stages[index]?.stage.instructions.some(({ type }) => type === "RUN"),
  );
  return { dockerfile, dockerfilePath: path, contextDirectory, request, hasRun };
}

function requestOf(options: BuildOptions, run: BuildRun): BuildRequest {
  const { buildArgs, labels, annotations, target } = options;
  const buildPlatform = options.hostPlatform;
  const epoch = buildArgs.get("SOURCE_DATE_EPOCH") ?? run.environment["SOURCE_DATE_EPOCH"];
  return {
    target,
    buildArgs,
    labels,
    annotations,
    buildPlatform,
    targetPlatform: options.platform ?? buildPlatform,
    sourceDateEpoch: epoch === undefined || epoch === "" ? undefined : parseEpoch(epoch),
    startTime: fileTimeOf(BigInt(Date.now()) * 1_000_000n),
  };
}

function parseEpoch(text: string): number {
  const seconds = Number(text);
  if (/^\d+$/.test(text) && Number.isSafeInteger(seconds)) return seconds;
  throw new UsageError(
    "USAGE_INVALID_VALUE",
    `SOURCE_DATE_EPOCH is ${JSON.stringify(text)}, which is no number of seconds`,
    { hint: "Give whole seconds since 1970, such as the time of the last commit" },
  );
}
