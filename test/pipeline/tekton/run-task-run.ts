import { chmodSync, lchownSync, mkdirSync, symlinkSync } from "node:fs";
import path from "node:path";
import type { PodImage } from "../../support/pod-image.ts";
import { podProfiles, writeServiceAccount } from "../../support/pods.ts";
import type { TaskResults } from "./entrypoint/check-results.ts";
import { runEntrypoint } from "./entrypoint/entrypoint.ts";
import { type EntrypointOptions, parseOptions } from "./entrypoint/options.ts";
import { type StepState, type TaskRunStatus, taskRunStatus } from "./entrypoint/task-run-status.ts";
import { decodeMessage, type TerminationEntry } from "./entrypoint/termination.ts";
import type { ResultSpec } from "./manifests.ts";
import { makeTerminationFile, preparePodStep } from "./run/pod-step.ts";
import { type MountedPlace, PodVolumes, type VolumeContents } from "./run/pod-volumes.ts";
import { stepVariables } from "./run/step-variables.ts";
import type { StepContainer } from "./step-container.ts";

/** What is to be run, and where. */
export interface TaskRunOptions {
  /** The steps' containers, in their order. */
  readonly steps: readonly StepContainer[];
  /** The results that the Task declares. */
  readonly task: TaskResults;
  /** The results that steps declare, by the names of the containers. */
  readonly stepResults?: Readonly<Record<string, readonly ResultSpec[]>>;
  /** What the volumes, and variables that are taken from Secrets and ConfigMaps, hold. */
  readonly contents: VolumeContents;
  /** What all steps are run from, whatever image they name. */
  readonly image: PodImage;
  /** One of `podProfiles`: what kind of pod it is, and who the steps run as. */
  readonly profile: string;
  /** More arguments for the pod program, such as `--tmpfs=/tmp`. */
  readonly options?: readonly string[];
  /** An empty directory for the pod's volumes and containers, which anybody may come to by its path. */
  readonly directory: string;
}

/** A step that has ended. */
export interface StepOutcome extends StepState {
  /** The container's exit code; `exitCode` is the one that the TaskRun reports. */
  readonly containerExitCode: number;
  /** The container's termination message, as the entrypoint left it. */
  readonly termination: string;
  /** What Tekton reads out of it. */
  readonly decoded: readonly TerminationEntry[];
  /** What the command and the entrypoint wrote, to both outputs, without times. */
  readonly log: string;
}

/** A TaskRun that has ended. */
export interface TaskRunOutcome extends TaskRunStatus {
  readonly steps: readonly StepOutcome[];
}

/**
 * Runs the steps of a Task one after the other as Tekton runs them in one pod: each in a container
 * with its mounts, variables and working directory, and the entrypoint around its command. The
 * entrypoint is outside the container, and with it what it reads and writes there.
 *
 * It differs from a cluster: the profile decides about the user, not `runAsUser`; /tekton/creds is
 * no tmpfs; and a command that exits with more than 128 counts as killed.
 *
 * @throws Error where a volume or a variable cannot be had.
 */
export async function runTaskRun(run: TaskRunOptions): Promise<TaskRunOutcome> {
  const idShift = podProfiles[run.profile]?.idShift ?? 0;
  // A pod with ids of its own comes to its files by no right of the machine's root.
  chmodSync(run.directory, 0o711);
  const volumes = path.join(run.directory, "volumes");
  mkdirSync(volumes);
  const pod = {
    run,
    volumes: new PodVolumes(volumes, run.contents, idShift),
    account: await writeServiceAccount(path.join(run.directory, "service-account")),
  };
  linkSteps(run, pod.volumes, idShift);
  const ended: EndedContainer[] = [];
  for (const step of run.steps) ended.push(await runStep(pod, step));
  const status = taskRunStatus(
    run.task,
    ended.map((step) => ({ ...step, declaredResults: run.stepResults?.[step.name] ?? [] })),
  );
  const steps = status.steps.map((state, index) => outcomeOf(state, ended[index]));
  return { ...status, steps };
}

interface Pod {
  readonly run: TaskRunOptions;
  readonly volumes: PodVolumes;
  /** The directory of the service account's token. */
  readonly account: string;
}

interface EndedContainer {
  readonly name: string;
  readonly exitCode: number;
  readonly termination: string;
  readonly log: string;
}

async function runStep(
  { run, volumes, account }: Pod,
  step: StepContainer,
): Promise<EndedContainer> {
  const directory = path.join(run.directory, step.name);
  mkdirSync(directory);
  chmodSync(directory, 0o711);
  const mounts = new Map<string, MountedPlace>(
    step.mounts.map((mount) => [trimSlash(mount.path), volumes.mounted(mount)]),
  );
  mounts.set("/tekton/termination", makeTerminationFile(directory));
  const workingDirectory = step.workingDir ?? "/";
  const options = [`--serviceaccount=${account}`, ...(run.options ?? [])];
  const isReadOnly = step.securityContext?.["readOnlyRootFilesystem"] === true;
  const container = await preparePodStep({
    image: run.image,
    profile: run.profile,
    options,
    mounts,
    isReadOnly: isReadOnly || options.includes("--read-only"),
    workingDirectory,
    environment: stepVariables(step, run.contents),
    directory,
  });
  // Tekton makes missing working directories in workspaces before the first step.
  if (workingDirectory.startsWith("/workspace/")) container.files.makeDirectory(workingDirectory);
  let log = "";
  const write = (text: string): void => void (log += text);
  const exitCode = await runEntrypoint(step.argvSeen ?? step.argv, optionsOf(step), {
    files: container.files,
    environment: container.environment,
    ...(container.home === undefined ? {} : { home: container.home }),
    run: container.run({ onStdout: write, onStderr: write }),
    say: (line) => write(`${line}\n`),
  });
  const termination = container.files.read("/tekton/termination") ?? "";
  return { name: step.name, exitCode, termination, log };
}

function optionsOf(step: StepContainer): EntrypointOptions {
  return parseOptions(step.entrypointOptions.flat());
}

function trimSlash(directory: string): string {
  return directory.replace(/(?<=.)\/+$/, "");
}

/** Makes the links by which steps find each other: /tekton/steps/NAME and /tekton/steps/NUMBER. */
function linkSteps({ steps }: TaskRunOptions, volumes: PodVolumes, root: number): void {
  const mount = steps[0]?.mounts.find(({ path: target }) => target === "/tekton/steps");
  if (mount === undefined) return;
  const { place } = volumes.mounted(mount);
  for (const [index, { name }] of steps.entries()) {
    for (const link of [name, String(index)]) {
      symlinkSync(`/tekton/run/${index}/status`, path.join(place, link));
      lchownSync(path.join(place, link), root, root);
    }
  }
}

function outcomeOf(state: StepState, ended: EndedContainer | undefined): StepOutcome {
  const { exitCode = 0, termination = "", log = "" } = ended ?? {};
  const decoded = decodeMessage(termination) ?? [];
  return { ...state, containerExitCode: exitCode, termination, decoded, log };
}
