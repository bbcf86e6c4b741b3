import type { TaskResults } from "../entrypoint/check-results.ts";
import { named, type ResultSpec } from "../manifests.ts";
import { containerName } from "../pod/task-variables.ts";
import { type PodRequest, stepContainers } from "../pod.ts";
import type { StepContainer } from "../step-container.ts";

/** What has to be known of manifests to run them. */
export interface TaskRunParts {
  readonly steps: readonly StepContainer[];
  readonly task: TaskResults;
  readonly stepResults: Readonly<Record<string, readonly ResultSpec[]>>;
}

/**
 * Takes that from manifests.
 *
 * @throws Error as `stepContainers` does
 */
export function taskRunParts(request: PodRequest): TaskRunParts {
  const { task, taskRun, extras = [] } = request;
  const spec = task?.spec ?? taskRun.spec.taskSpec;
  const stepResults = (spec?.steps ?? []).map((step, index) => {
    const action = named(extras, "StepAction", step.ref?.name);
    return [containerName(step, index), step.results ?? action?.spec.results ?? []] as const;
  });
  return {
    steps: stepContainers(request),
    task: { declared: spec?.results ?? [], isInline: task === undefined },
    stepResults: Object.fromEntries(stepResults),
  };
}
