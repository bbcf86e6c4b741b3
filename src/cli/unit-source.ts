import { resolve } from "node:path";
import { UsageError } from "../errors/usage-error.ts";
import type { ImageReference } from "../image/reference.ts";
import type { FetchableSource } from "./build-options.ts";
import { parseDestinations, parsePairs } from "./flag-texts.ts";
import type { unitFlags } from "./flags/fan-out-flags.ts";
import type { FlagValues } from "./flags/flag.ts";
import type { Host } from "./host.ts";

/** What is taken apart into units: a build file, or a Dockerfile. */
export type UnitSource =
  | {
      readonly kind: "images";
      /** Where the build file is looked for, in this order; absolute. */
      readonly paths: readonly string[];
      readonly variables: Readonly<Record<string, string | undefined>>;
    }
  | {
      readonly kind: "stages";
      readonly options: FetchableSource;
      /** At least one. */
      readonly destinations: readonly ImageReference[];
      readonly runId: string;
    };

type Values = Omit<FlagValues<typeof unitFlags>, "unit"> & {
  readonly destination: readonly string[];
};

/**
 * What the flags say of where units come from; `options` are what they say of a Dockerfile.
 *
 * @throws USAGE_INVALID_VALUE, USAGE_CONFLICT
 */
export function readUnitSource(
  values: Values,
  options: FetchableSource,
  { environment }: Pick<Host, "environment">,
): UnitSource {
  const path = values["build-file"];
  if (path !== undefined) {
    const given = Object.fromEntries(parsePairs("--var", values.var));
    const { workspace } = options;
    const paths = [...(workspace === undefined ? [] : [resolve(workspace, path)]), resolve(path)];
    return { kind: "images", paths, variables: { ...environment, ...given } };
  }
  const destinations = parseDestinations("--destination", values.destination);
  if (destinations.length === 0) {
    throw new UsageError("USAGE_CONFLICT", "units of a Dockerfile need a --destination", {
      hint: "Its repository is where pods hand over the stages; for a build file, name it with --build-file",
    });
  }
  const runId = values["run-id"];
  if (runId === undefined) {
    throw new UsageError("USAGE_CONFLICT", "units of a Dockerfile need a --run-id", {
      hint: "Give all pods of a run the same, and no other run: $(context.pipelineRun.name) in Tekton, {{workflow.uid}} in Argo",
    });
  }
  return { kind: "stages", options, destinations, runId };
}
