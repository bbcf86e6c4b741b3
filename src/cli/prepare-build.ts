import { availableParallelism } from "node:os";
import type { BuildRequest } from "../build/ports.ts";
import type { Dockerfile } from "../dockerfile/instruction.ts";
import { parseDockerfile } from "../dockerfile/parse.ts";
import { fileTimeOf } from "../filetree/stat-values.ts";
import { planBuild } from "../plan/build-plan.ts";
import { settleSourceDateEpoch } from "../plan/source-date-epoch.ts";
import type { BuildOptions, BuildRun } from "./build-options.ts";
import { findDockerfile } from "./find-dockerfile.ts";

/** Commands wait for networks and disks, so that few processors have time for some more of them. */
const leastParallelism = 4;

/** What can be known of a build before anything is pulled. */
export interface PreparedBuild {
  readonly dockerfile: Dockerfile;
  /** The bytes that `dockerfile` was parsed from. */
  readonly source: Uint8Array;
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
  const { bytes, contextDirectory, file, path } = findDockerfile(options, run);
  const dockerfile = parseDockerfile(bytes, file);
  const request = requestOf(options, run, dockerfile);
  const plan = planBuild(dockerfile, request);
  const instructions = plan.reachable.flatMap(
    (index) => plan.stages[index]?.stage.instructions ?? [],
  );
  const hasRun = instructions.some(({ type }) => type === "RUN");
  return { dockerfile, source: bytes, dockerfilePath: path, contextDirectory, request, hasRun };
}

function requestOf(options: BuildOptions, run: BuildRun, dockerfile: Dockerfile): BuildRequest {
  const { labels, annotations, target, namedContexts, platform, hostPlatform } = options;
  const platforms = { buildPlatform: hostPlatform, targetPlatform: platform };
  const epoch = settleSourceDateEpoch(dockerfile, {
    ...platforms,
    buildArgs: withEnvironmentEpoch(options.buildArgs, run),
    fallback: options.reproducible ? "0" : "",
    contextTime: undefined,
  });
  return {
    ...platforms,
    isPlatformRequested: options.isPlatformRequested,
    ...epoch,
    target,
    labels,
    annotations,
    imageFormat: options.imageFormat,
    compression: options.compression,
    namedContexts,
    noCache: options.cache.noCache,
    maxParallelism: options.maxParallelism ?? Math.max(leastParallelism, availableParallelism()),
    startTime: fileTimeOf(BigInt(Date.now()) * 1_000_000n),
  };
}

/** As buildx does, SOURCE_DATE_EPOCH of the environment is a build argument. */
function withEnvironmentEpoch(
  buildArgs: ReadonlyMap<string, string>,
  { environment }: BuildRun,
): ReadonlyMap<string, string> {
  const epoch = environment["SOURCE_DATE_EPOCH"] ?? "";
  return epoch === "" ? buildArgs : new Map([["SOURCE_DATE_EPOCH", epoch], ...buildArgs]);
}
