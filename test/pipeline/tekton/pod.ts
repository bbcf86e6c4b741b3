import { credentials } from "./credentials.ts";
import { entrypointOptions } from "./entrypoint-options.ts";
import { environmentSeen, expand } from "./environment.ts";
import { type ImageCommands, ImageLookup } from "./image-commands.ts";
import type { Manifest, Step, Task, TaskRun, TaskSpec } from "./manifests.ts";
import { mountsOf, tektonVolumes } from "./mounts.ts";
import { paramValues } from "./parameters.ts";
import { runProblems } from "./run-problems.ts";
import { resolveStep } from "./step-actions.ts";
import type { StepContainer } from "./step-container.ts";
import { mergeStep } from "./step-template.ts";
import { replaceIn, valueReplacements } from "./substitute.ts";
import { containerName, substituteTask } from "./task-variables.ts";
import { bindWorkspaces, mountWorkspaces } from "./workspaces.ts";

/** A TaskRun and what Tekton knows besides when it makes the pod. */
export interface PodRequest {
  /** What the run refers to; without it the run has a `taskSpec`. */
  readonly task?: Task;
  readonly taskRun: TaskRun;
  /** StepActions, ServiceAccounts and Secrets. */
  readonly extras?: readonly Manifest[];
  /** Feature flags that differ from the defaults. */
  readonly flags?: ReadonlyMap<string, string>;
  /** What the registry holds, for steps without a command. */
  readonly images?: ReadonlyMap<string, ImageCommands>;
}

/**
 * The containers that Tekton makes of a Task's steps, in their order.
 * @throws Error with Tekton's reasons to refuse the run, and if a StepAction or an image is not there
 */
export function stepContainers(request: PodRequest): StepContainer[] {
  const { taskRun, extras = [], flags = new Map(), images = new Map() } = request;
  const task = taskOf(request);
  const problems = runProblems(task, taskRun);
  if (problems.length > 0) throw new Error(problems.join("\n"));
  const { spec, podTemplate } = preparedTask(task, taskRun, extras);
  const steps = spec.steps.map((step) => mergeStep(step, spec.stepTemplate));
  const accountCredentials = credentials(taskRun, extras, flags);
  const volumes = [
    ...tektonVolumes(steps, flags),
    ...accountCredentials.map(({ volume }) => volume),
    ...(spec.volumes ?? []),
    ...(podTemplate?.volumes ?? []),
  ];
  const lookup = new ImageLookup(images);
  return steps.map((step, index): StepContainer => {
    const { image, argv, env } = lookup.commandOf(step, index);
    const environment = [
      ...(step.env ?? []),
      ...(podTemplate?.env ?? []),
      ...env,
      ...hermetic(taskRun, flags),
    ];
    const envSeen = environmentSeen(environment);
    const argvSeen = argv.map((argument) => expand(argument, envSeen));
    return {
      name: containerName(step, index),
      image,
      argv,
      ...(argvSeen.some((seen, place) => seen !== argv[place]) && { argvSeen }),
      ...(environment.length > 0 && { envSeen }),
      entrypointOptions: entrypointOptions(
        { steps, index, results: spec.results, flags },
        accountCredentials.flatMap(({ options }) => options),
      ),
      mounts: mountsOf({ steps, index, flags, credentials: accountCredentials, volumes }),
      ...(step.workingDir !== undefined && { workingDir: step.workingDir }),
      ...(step.securityContext && { securityContext: step.securityContext }),
    };
  });
}

function taskOf({ task, taskRun }: PodRequest): Task {
  if (task !== undefined) return task;
  const { taskSpec } = taskRun.spec;
  if (taskSpec === undefined) throw new Error("a TaskRun without a taskSpec needs its Task");
  return { apiVersion: "tekton.dev/v1", kind: "Task", spec: taskSpec };
}

interface PreparedTask {
  readonly spec: TaskSpec;
  readonly podTemplate: TaskRun["spec"]["podTemplate"];
}

/** Puts StepActions, variables and workspaces in their places. */
function preparedTask(task: Task, taskRun: TaskRun, extras: readonly Manifest[]): PreparedTask {
  const params = valueReplacements("params", paramValues(task.spec.params, taskRun.spec.params));
  const { workspaces: bindings = [], podTemplate } = taskRun.spec;
  const workspaces = bindWorkspaces(task.spec.workspaces, replaceIn(bindings, params));
  const steps = task.spec.steps.map((step) => resolveStep(step, extras, params));
  const spec = substituteTask({ ...task.spec, steps }, { task, taskRun, params, workspaces });
  return {
    spec: mountWorkspaces(spec, workspaces),
    podTemplate: replaceIn(podTemplate, params),
  };
}

function hermetic(
  { metadata }: TaskRun,
  flags: ReadonlyMap<string, string>,
): NonNullable<Step["env"]> {
  const mode = metadata?.annotations?.["experimental.tekton.dev/execution-mode"];
  const isHermetic = mode === "hermetic" && flags.get("enable-api-fields") === "alpha";
  return isHermetic ? [{ name: "TEKTON_HERMETIC", value: "1" }] : [];
}
