import path from "node:path";
import { goError, type StepFiles } from "./step-files.ts";

/** A step's own command, as the entrypoint starts it. */
export interface StepCommand {
  readonly argv: readonly string[];
  readonly environment: Readonly<Record<string, string>>;
  /** Aborted when the time is up: the command and all that is in its process group are killed. */
  readonly signal: AbortSignal;
}

/** How a command ended; `failed` when it could not be started, with Go's reason. */
export type CommandEnd =
  | { readonly kind: "exited"; readonly code: number }
  | { readonly kind: "killed" }
  | { readonly kind: "failed"; readonly reason: string };

/** Runs a command to its end. */
export type RunCommand = (command: StepCommand) => Promise<CommandEnd>;

/** Why a command cannot be started, as Go says it; undefined when it can. */
export function reasonNotToStart(
  files: StepFiles,
  { argv, environment }: StepCommand,
): string | undefined {
  const [name = ""] = argv;
  if (!name.includes("/")) {
    const folders = (environment["PATH"] ?? "").split(":").filter((folder) => folder !== "");
    const isFound = folders.some((folder) => isExecutable(files, path.posix.join(folder, name)));
    return isFound ? undefined : `exec: "${name}": executable file not found in $PATH`;
  }
  if (isExecutable(files, name)) return undefined;
  const errno = files.stat(name) === undefined ? "ENOENT" : "EACCES";
  return goError("fork/exec", name, errno);
}

function isExecutable(files: StepFiles, file: string): boolean {
  const found = files.stat(file);
  return found?.isFile() === true && (found.mode & 0o111) !== 0;
}
