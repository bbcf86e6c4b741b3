import type { ResultSpec, Step } from "../manifests.ts";
import type { Credential } from "./credentials.ts";
import { formatDuration } from "./format-duration.ts";

type Option = readonly string[];

export interface StepPlace {
  readonly steps: readonly Step[];
  readonly index: number;
  /** The Task's results. */
  readonly results: readonly ResultSpec[] | undefined;
  readonly flags: ReadonlyMap<string, string>;
  readonly credentials: readonly Credential[];
}

/** The options that Tekton gives its entrypoint program, but for the command. */
export function entrypointOptions(place: StepPlace): Option[] {
  const { steps, index, results, flags, credentials } = place;
  const step = steps[index];
  return [
    ...waitOptions(index),
    ["-post_file", `/tekton/run/${index}/out`],
    ["-termination_path", "/tekton/termination"],
    ["-step_metadata_dir", `/tekton/run/${index}/status`],
    ...flagOptions(flags),
    ...credentials.flatMap(({ options }) => options),
    ...(step === undefined ? [] : stepOptions(step)),
    ...resultsOption(
      "-results",
      results?.filter(({ value }) => !isStepResult(value)),
    ),
  ];
}

/** The first step waits for the pod to be ready, each other one for the step before it. */
function waitOptions(index: number): Option[] {
  if (index > 0) return [["-wait_file", `/tekton/run/${index - 1}/out`]];
  return [["-wait_file", "/tekton/downward/ready"], ["-wait_file_content"]];
}

function flagOptions(flags: ReadonlyMap<string, string>): Option[] {
  const isFromSidecar = flags.get("results-from") === "sidecar-logs";
  const isCompressed = flags.get("enable-termination-message-compression") === "true";
  return [
    ...(isFromSidecar ? [["-result_from", "sidecar-logs"]] : []),
    ...(isCompressed ? [["-compress_termination_message=true"]] : []),
  ];
}

function stepOptions({ onError, timeout, results, when }: Step): Option[] {
  return [
    ...(onError === undefined ? [] : [["-on_error", onError]]),
    ...(timeout === undefined ? [] : [["-timeout", formatDuration(timeout)]]),
    ...resultsOption("-step_results", results),
    ...(when === undefined ? [] : [["--when_expressions", JSON.stringify(when)]]),
  ];
}

/** Present, with an empty value, also if there are results but none of them is to be read. */
function resultsOption(flag: string, results: readonly ResultSpec[] | undefined): Option[] {
  return results === undefined ? [] : [[flag, results.map(({ name }) => name).join(",")]];
}

function isStepResult(value: unknown): boolean {
  return typeof value === "string" && value.startsWith("$(steps.");
}
