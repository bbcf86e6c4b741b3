import { setTimeout } from "node:timers/promises";
import { writeDockerCredentials } from "./docker-credentials.ts";
import type { EntrypointOptions, WhenExpression } from "./options.ts";
import { reportResults } from "./report-results.ts";
import type { CommandEnd, RunCommand } from "./step-command.ts";
import type { StepFiles } from "./step-files.ts";
import { fillArguments, fillEnvironment } from "./step-references.ts";
import { addEntries, entryTypes, MessageTooLong, type TerminationEntry } from "./termination.ts";

/** What a step's container gives the entrypoint. */
export interface StepHost {
  readonly files: StepFiles;
  readonly environment: Readonly<Record<string, string>>;
  readonly run: RunCommand;
  /** The home directory of the step's user, where the user may write to it. */
  readonly home?: string;
  /** Takes each line that the entrypoint itself writes, without the time that stands before it. */
  readonly say: (line: string) => void;
}

/** Why a step fails. */
interface Failure {
  /** What the entrypoint says about it. */
  readonly line?: string;
  /** The exit code of the command, where it came that far: -1 when it was killed. */
  readonly commandCode?: number;
}

/**
 * Does what Tekton's `entrypoint` program does with a step: puts credentials in place, waits for the
 * step before, runs the command, tells the step after, and reports the results in the termination
 * message. Gives the exit code of the container.
 *
 * Not emulated: breakpoints, cancelling, signatures, references to artifacts, and copies of what the
 * command prints.
 */
export async function runEntrypoint(
  command: readonly string[],
  options: EntrypointOptions,
  host: StepHost,
): Promise<number> {
  const hasCredentials = writeDockerCredentials(options.credentials, host.files, host.home);
  if (hasCredentials && host.home === undefined) {
    host.say('warning: unsuccessful cred copy: ".docker" from "/tekton/creds"');
  }
  const entries: TerminationEntry[] = [];
  const failure = await new Step(options, host, entries).run(command);
  try {
    const file = host.files.place(options.terminationPath);
    addEntries(file, entries, options.isCompressed);
  } catch (error) {
    if (!(error instanceof MessageTooLong)) throw error;
    host.say(`Error while writing message: ${error.message}`);
    return 1;
  }
  if (failure === undefined) return 0;
  if (failure.line !== undefined) host.say(failure.line);
  // A process' exit code is one byte.
  return (failure.commandCode ?? 1) & 0xff;
}

/** How often the entrypoint looks for a file that it waits for. */
const pollMilliseconds = 20;

class Step {
  readonly #options: EntrypointOptions;
  readonly #host: StepHost;
  /** What the entrypoint reports about itself, last of all. */
  readonly #entries: TerminationEntry[];

  constructor(options: EntrypointOptions, host: StepHost, entries: TerminationEntry[]) {
    this.#options = options;
    this.#host = host;
    this.#entries = entries;
  }

  async run(command: readonly string[]): Promise<Failure | undefined> {
    const { files, say } = this.#host;
    const { metadataDirectory, waitFiles, whenExpressions } = this.#options;
    for (const name of ["results", "artifacts"]) {
      files.makeDirectory(`${metadataDirectory}/${name}`);
    }
    const isAllowed = await this.#wait(waitFiles);
    this.#report("StartedAt", new Date().toISOString());
    if (!isAllowed) {
      this.#report("Reason", "Skipped");
      const failure = { line: "Skipping step because a previous step failed" };
      this.#post(failure);
      return failure;
    }
    if (!whenExpressions.every((expression) => this.#isFulfilled(expression))) {
      say("INFO Step was skipped due to when expressions were evaluated to false.");
      this.#report("Reason", "Skipped");
      this.#post(undefined);
      return undefined;
    }
    const failure = await this.#runCommand(command);
    this.#post(failure);
    const problem = this.#reportResults();
    if (problem !== undefined) return problem;
    return this.#isForgiven(failure) ? undefined : failure;
  }

  /** Whether no step before has failed. */
  async #wait(waitFiles: readonly string[]): Promise<boolean> {
    const { files } = this.#host;
    for (const file of waitFiles) {
      for (;;) {
        const found = files.stat(file);
        if (found !== undefined && (!this.#options.needsContent || found.size > 0)) break;
        if (files.stat(`${file}.err`) !== undefined) return false;
        await setTimeout(pollMilliseconds);
      }
    }
    return true;
  }

  #isFulfilled({ input, operator, values }: WhenExpression): boolean {
    const { files } = this.#host;
    const [found = ""] = fillArguments(files, [input]);
    const isIn = fillArguments(files, values).includes(found);
    return operator === "in" ? isIn : !isIn;
  }

  async #runCommand(command: readonly string[]): Promise<Failure | undefined> {
    const { timeoutMilliseconds } = this.#options;
    if (timeoutMilliseconds < 0) {
      return { line: "Error executing command: negative timeout specified" };
    }
    const isLimited = timeoutMilliseconds > 0;
    const never = new AbortController().signal;
    const filled = this.#fillReferences(command);
    const signal = isLimited ? AbortSignal.timeout(timeoutMilliseconds) : never;
    const end = await this.#host.run({ ...filled, signal });
    if (!signal.aborted) return failureOf(end);
    this.#report("Reason", "TimeoutExceeded");
    return { line: "context deadline exceeded" };
  }

  #fillReferences(command: readonly string[]): {
    argv: readonly string[];
    environment: Readonly<Record<string, string>>;
  } {
    const { files, environment, say } = this.#host;
    let filled = environment;
    try {
      filled = fillEnvironment(files, environment);
      return { argv: fillArguments(files, command), environment: filled };
    } catch (error) {
      say(`ERROR Error while substituting step results: error="${messageOf(error)}"`);
      return { argv: command, environment: filled };
    }
  }

  #isForgiven(failure: Failure | undefined): boolean {
    return this.#options.continuesOnError && failure?.commandCode !== undefined;
  }

  /** Lets the next step run, or makes it give up. */
  #post(failure: Failure | undefined): void {
    const { files } = this.#host;
    const { postFile, metadataDirectory } = this.#options;
    const goesOn = failure === undefined || this.#isForgiven(failure);
    files.write(goesOn ? postFile : `${postFile}.err`, "");
    if (!goesOn) return;
    const code = String(failure?.commandCode ?? 0);
    files.write(`${metadataDirectory}/exitCode`, code);
    if (failure !== undefined) this.#report("ExitCode", code);
  }

  /** Reports what the command has left. The step fails when that is not possible. */
  #reportResults(): Failure | undefined {
    try {
      this.#entries.push(...reportResults(this.#options, this.#host.files));
      return undefined;
    } catch (error) {
      const message = messageOf(error);
      // The entrypoint words all failures of this kind so.
      this.#host.say(`ERROR Error while substituting step artifacts: error="${message}"`);
      const isTooLong = error instanceof MessageTooLong;
      return { line: isTooLong ? message : `Error executing command: ${message}` };
    }
  }

  #report(key: string, value: string): void {
    this.#entries.push({ key, value, type: entryTypes.tekton });
  }
}

function failureOf(end: CommandEnd): Failure | undefined {
  if (end.kind === "failed") return { line: `Error executing command: ${end.reason}` };
  const commandCode = end.kind === "killed" ? -1 : end.code;
  return commandCode === 0 ? undefined : { commandCode };
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
