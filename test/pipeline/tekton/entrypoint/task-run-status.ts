import type { ResultSpec } from "../manifests.ts";
import { checkResults, declaredType, type NamedResult, type TaskResults } from "./check-results.ts";
import { goJson } from "./go-json.ts";
import { readResultValue } from "./result-value.ts";
import { decodeMessage, entryTypes, type TerminationEntry } from "./termination.ts";

/** How a step's container ended. */
export interface EndedStep {
  /** With the prefix `step-`. */
  readonly name: string;
  readonly exitCode: number;
  /** The termination message, as the entrypoint left it. */
  readonly termination: string;
  readonly declaredResults: readonly ResultSpec[];
}

/** What a TaskRun says about a step. */
export interface StepState {
  /** Without the prefix `step-`. */
  readonly name: string;
  readonly exitCode: number;
  readonly reason: "Completed" | "Error";
  readonly terminationReason?: string;
  readonly results?: readonly NamedResult[];
  /** The termination message without what is Tekton's own. */
  readonly message?: string;
}

/** What a TaskRun says when all its steps have ended. */
export interface TaskRunStatus {
  readonly condition: {
    readonly status: "True" | "False";
    readonly reason: string;
    readonly message: string;
  };
  readonly results: readonly NamedResult[];
  readonly steps: readonly StepState[];
}

/** How many bytes of termination messages the kubelet keeps for a pod: each container has its share. */
const podMessageBytes = 12 * 1024;

/** Every pod of a TaskRun has one that copies the entrypoint to where the steps find it. */
const initContainers = 1;

/** Derives a TaskRun's status from its steps as Tekton's controller does. */
export function taskRunStatus(task: TaskResults, steps: readonly EndedStep[]): TaskRunStatus {
  const limit = Math.floor(podMessageBytes / (steps.length + initContainers));
  const read = steps.map((step) => {
    const termination = Buffer.from(step.termination).subarray(0, limit).toString();
    return readStep({ ...step, termination }, task.declared);
  });
  const latest = new Map<string, NamedResult>();
  for (const { taskResults } of read) {
    for (const result of taskResults) latest.set(result.name, result);
  }
  const { kept, problem } = checkResults([...latest.values()], task);
  const failed = steps.map((step, index) => failureOf(step, read[index]?.entries ?? []));
  return {
    condition: conditionOf(problem, failed),
    results: kept,
    steps: read.map(({ state }) => state),
  };
}

interface ReadStep {
  readonly state: StepState;
  readonly entries: readonly TerminationEntry[];
  readonly taskResults: readonly NamedResult[];
}

function readStep(step: EndedStep, declared: readonly ResultSpec[]): ReadStep {
  const state = {
    name: step.name.replace(/^step-/, ""),
    exitCode: step.exitCode,
    reason: step.exitCode === 0 ? "Completed" : "Error",
  } as const;
  const entries = decodeMessage(step.termination);
  if (entries === undefined) {
    return { state: { ...state, message: step.termination }, entries: [], taskResults: [] };
  }
  const internal = (key: string): string | undefined =>
    entries.find((entry) => entry.type === entryTypes.tekton && entry.key === key)?.value;
  const exitCode = internal("ExitCode");
  const shown = entries.filter((entry) => entry.type !== entryTypes.tekton);
  const results = typed(entries, entryTypes.stepResult, step.declaredResults);
  return {
    state: {
      ...state,
      // What is no number from 0 on is not taken over.
      ...(/^\d+$/.test(exitCode ?? "") ? { exitCode: Number(exitCode) } : {}),
      terminationReason:
        internal("Reason") ?? (exitCode === undefined ? state.reason : "Continued"),
      ...(results.length === 0 ? {} : { results }),
      ...(shown.length === 0 ? {} : { message: goJson(shown) }),
    },
    entries,
    taskResults: [
      ...typed(entries, entryTypes.taskResult, declared),
      ...takenFromStep(step.name, results, declared),
    ],
  };
}

/** The entries of one type as results. Text is text where that is declared. */
function typed(
  entries: readonly TerminationEntry[],
  type: number,
  declared: readonly ResultSpec[],
): readonly NamedResult[] {
  return entries
    .filter((entry) => entry.type === type)
    .map(({ key, value }) => {
      const known = declared.find(({ name }) => name === key);
      const isText = known !== undefined && declaredType(known) === "string";
      return { name: key, ...(isText ? { type: "string", value } : readResultValue(value)) };
    });
}

/** The Task's results that are declared to be results of this step. */
function takenFromStep(
  step: string,
  results: readonly NamedResult[],
  declared: readonly ResultSpec[],
): readonly NamedResult[] {
  return results.flatMap((result) =>
    declared
      .filter(
        ({ value }) => value === `$(steps.${step.replace("step-", "")}.results.${result.name})`,
      )
      .map(({ name }) => ({ ...result, name })),
  );
}

function failureOf(step: EndedStep, entries: readonly TerminationEntry[]): string | undefined {
  const isTimeout = entries.some(
    ({ key, value, type }) =>
      type === entryTypes.tekton && key === "Reason" && value === "TimeoutExceeded",
  );
  if (isTimeout) {
    return `"${step.name}" exited because the step exceeded the specified timeout limit`;
  }
  return step.exitCode === 0
    ? undefined
    : `"${step.name}" exited with code ${step.exitCode}: Error`;
}

function conditionOf(
  problem: string | undefined,
  failures: readonly (string | undefined)[],
): TaskRunStatus["condition"] {
  if (problem !== undefined) {
    const message = `[User error] ${problem}`;
    return { status: "False", reason: "TaskRunValidationFailed", message };
  }
  const message = failures.find((failure) => failure !== undefined);
  if (message !== undefined) return { status: "False", reason: "StepFailed", message };
  const all = "All Steps have completed executing";
  return { status: "True", reason: "Succeeded", message: all };
}
