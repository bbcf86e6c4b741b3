import type {
  EnvironmentVariable,
  Manifest,
  Step,
  Task,
  TaskRun,
  TaskSpec,
  Volume,
} from "./manifests.ts";
import { paramValues } from "./parameters.ts";
import { accountCredentials, type Credential } from "./pod/credentials.ts";
import { entrypointOptions } from "./pod/entrypoint-options.ts";
import { environmentSeen, expand } from "./pod/environment.ts";
import { type ImageCommands, ImageLookup } from "./pod/image-commands.ts";
import { mountsOf, tektonVolumes } from "./pod/mounts.ts";
import { resolveStep } from "./pod/step-actions.ts";
import { mergeStep } from "./pod/step-template.ts";
import { containerName, substituteTask } from "./pod/task-variables.ts";
import { bindWorkspaces, mountWorkspaces } from "./pod/workspaces.ts";
import { runProblems } from "./run-problems.ts";
import type { StepContainer } from "./step-container.ts";
import { replaceIn, valueReplacements } from "./substitute.ts";

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

/** What the containers of one pod have in common. */
interface Pod {
  readonly spec: TaskSpec;
  readonly steps: readonly Step[];
  /** Variables that come after those of the step. */
  readonly environment: readonly EnvironmentVariable[];
  readonly credentials: readonly Credential[];
  readonly volumes: readonly Volume[];
  readonly flags: ReadonlyMap<string, string>;
  readonly lookup: ImageLookup;
}

/**
 * The containers that Tekton makes of a Task's steps, in their order. The file of a script has `RANDOM`
 * in its name; its text is not kept.
 * @throws Error with Tekton's reasons to refuse the run, and if a StepAction or an image is not there
 */
export function stepContainers(request: PodRequest): StepContainer[] {
  const { taskRun, extras = [], flags = new Map(), images = new Map() } = request;
  const task = taskOf(request);
  const problems = runProblems(task, taskRun);
  if (problems.length > 0) throw new Error(problems.join("\n"));
  const { spec, podTemplate } = preparedTask(task, taskRun, extras);
  const steps = spec.steps.map((step) => mergeStep(step, spec.stepTemplate));
  const credentials = accountCredentials(taskRun, extras, flags);
  const volumes = [
    ...tektonVolumes(steps, flags),
    ...credentials.map(({ volume }) => volume),
    ...(spec.volumes ?? []),
    ...(podTemplate?.volumes ?? []),
  ];
  const environment = [...(podTemplate?.env ?? []), ...hermetic(taskRun, flags)];
  const lookup = new ImageLookup(images);
  const pod = { spec, steps, environment, credentials, volumes, flags, lookup };
  return steps.map((step, index) => container(step, index, pod));
}

function container(step: Step, index: number, pod: Pod): StepContainer {
  const { image, argv, env } = pod.lookup.commandOf(step, index);
  const environment = [...(step.env ?? []), ...env, ...pod.environment];
  const envSeen = environmentSeen(environment);
  const argvSeen = argv.map((argument) => expand(argument, envSeen));
  return {
    name: containerName(step, index),
    image,
    argv,
    ...(argvSeen.some((seen, place) => seen !== argv[place]) && { argvSeen }),
    ...(environment.length > 0 && { envSeen }),
    entrypointOptions: entrypointOptions({ ...pod, index, results: pod.spec.results }),
    mounts: mountsOf({ ...pod, index }),
    ...(step.workingDir !== undefined && { workingDir: step.workingDir }),
    ...(step.securityContext && { securityContext: step.securityContext }),
  };
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
): EnvironmentVariable[] {
  const mode = metadata?.annotations?.["experimental.tekton.dev/execution-mode"];
  const isHermetic = mode === "hermetic" && flags.get("enable-api-fields") === "alpha";
  return isHermetic ? [{ name: "TEKTON_HERMETIC", value: "1" }] : [];
}
