import { chmodSync, chownSync, mkdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import path from "node:path";
import type { PodImage } from "../../../support/pod-image.ts";
import { podCommand, podProfiles } from "../../../support/pods.ts";
import { type ProcessGroupOptions, runProcessGroup } from "../entrypoint/process-group.ts";
import { type RunCommand, reasonNotToStart } from "../entrypoint/step-command.ts";
import { type FileOwner, StepFiles } from "../entrypoint/step-files.ts";
import { killContainer } from "./kill-container.ts";
import type { MountedPlace } from "./pod-volumes.ts";

/** The container of one step. */
export interface PodStepOptions {
  readonly image: PodImage;
  /** One of `podProfiles`. It decides who the step runs as. */
  readonly profile: string;
  /** More arguments for the pod program. */
  readonly options: readonly string[];
  /** What is mounted, by where. */
  readonly mounts: ReadonlyMap<string, MountedPlace>;
  readonly isReadOnly: boolean;
  readonly workingDirectory: string;
  /** The variables of the step itself, which come before those of the image. */
  readonly environment: Readonly<Record<string, string>>;
  /** An empty directory for this container only. */
  readonly directory: string;
}

/** A step's container, about to start. */
export interface PodStep {
  /** The files that are mounted, and those that are put into the container before it starts. */
  readonly files: StepFiles;
  readonly environment: Readonly<Record<string, string>>;
  /** Its user's home directory, where the user may write to it. */
  readonly home: string | undefined;
  run(output: Pick<ProcessGroupOptions, "onStdout" | "onStderr">): RunCommand;
}

/** Prepares a container in which a step runs as it would in a pod of the profile. */
export async function preparePodStep(step: PodStepOptions): Promise<PodStep> {
  const { user, idShift } = podProfiles[step.profile] ?? rootProfile;
  const layers = await step.image.layers(idShift);
  const imageRoot = layers.at(-1) ?? "/";
  const environment: Readonly<Record<string, string>> = {
    PATH: plainPath,
    ...step.image.environment,
    ...step.environment,
  };
  const homeDirectory = environment["HOME"] ?? homeOf(imageRoot, user.uid - idShift);
  // What is put in before it starts is a layer above the image.
  const added = path.join(step.directory, "added");
  addDirectories(added, homeDirectory, imageRoot);
  const mounts = [...step.mounts].map(([target, { place }]) => [target, place] as const);
  const files = new StepFiles(new Map([["/", added], ...mounts]), user);
  const image = new StepFiles(new Map([["/", imageRoot], ...mounts]));
  return {
    files,
    environment: { ...environment, HOME: homeDirectory },
    home: mayWrite(image, homeDirectory, { ...step, user }) ? homeDirectory : undefined,
    run: (output) => async (command) => {
      const reason = reasonNotToStart(image, command);
      if (reason !== undefined) return { kind: "failed", reason };
      const scratch = path.join(step.directory, "scratch");
      mkdirSync(scratch);
      const argv = await podCommand({
        profile: step.profile,
        layers: [added, ...layers],
        scratch,
        environment: command.environment,
        options: podOptions(step, homeDirectory),
        command: command.argv,
      });
      const end = await runProcessGroup(argv, {
        environment: process.env as Readonly<Record<string, string>>,
        signal: command.signal,
        kill: killContainer,
        ...output,
      });
      // The runtime says by the exit code which signal ended the command.
      return end.kind === "exited" && end.code > 128 ? { kind: "killed" } : end;
    },
  };
}

/** What the runtime sets where neither the image nor the step does. */
const plainPath = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

const rootProfile = { user: { uid: 0, gid: 0 }, idShift: 0 };

function podOptions(step: PodStepOptions, home: string): readonly string[] {
  // A mount hides those below it that are there already.
  const outerFirst = [...step.mounts].toSorted(
    ([left], [right]) => left.split("/").length - right.split("/").length,
  );
  return [
    ...outerFirst.map(
      ([target, { place, readOnly }]) => `--mount=${place}:${target}:${readOnly ? "ro" : "rw"}`,
    ),
    `--cwd=${step.workingDirectory}`,
    `--home=${home}`,
    ...(step.isReadOnly ? ["--read-only"] : []),
    ...step.options,
  ];
}

/** As the runtime finds it: in the image's table of users, else it is the root directory. */
function homeOf(imageRoot: string, uid: number): string {
  const file = path.join(imageRoot, "etc/passwd");
  if (statSync(file, { throwIfNoEntry: false }) === undefined) return "/";
  const users = readFileSync(file, "utf8").split("\n");
  const fields = users.map((line) => line.split(":")).find((line) => line[2] === String(uid));
  return fields?.[5] ?? "/";
}

/** Makes a directory and those above it, below `root`, like those of the image. */
function addDirectories(root: string, directory: string, imageRoot: string): void {
  if (directory !== "/") addDirectories(root, path.posix.dirname(directory), imageRoot);
  const like = statSync(path.join(imageRoot, directory), { throwIfNoEntry: false });
  if (like === undefined && directory !== "/") return;
  const made = path.join(root, directory);
  mkdirSync(made);
  chmodSync(made, like?.mode ?? 0o755);
  chownSync(made, like?.uid ?? 0, like?.gid ?? 0);
}

function mayWrite(
  files: StepFiles,
  directory: string,
  { user, isReadOnly, mounts }: PodStepOptions & { readonly user: FileOwner },
): boolean {
  const found = files.stat(directory);
  if (found === undefined) return false;
  const mount = [...mounts]
    .filter(([target]) => directory === target || directory.startsWith(`${target}/`))
    .toSorted(([left], [right]) => right.length - left.length)[0]?.[1];
  if (mount?.readOnly ?? isReadOnly) return false;
  if (user.uid === 0) return true;
  if (user.uid === found.uid) return (found.mode & 0o200) !== 0;
  return (found.mode & (user.gid === found.gid ? 0o020 : 0o002)) !== 0;
}

/** Makes the file that a container may leave a message in, and gives its place. */
export function makeTerminationFile(directory: string): MountedPlace {
  const place = path.join(directory, "termination");
  writeFileSync(place, "");
  chmodSync(place, 0o666);
  return { place, readOnly: false };
}
