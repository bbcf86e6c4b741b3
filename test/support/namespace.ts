import { spawn } from "node:child_process";
import { once } from "node:events";
import { chmod } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { runProgram } from "../../src/support/process.ts";
import { makeTemporaryDirectory } from "./temporary-directory.ts";

const unsupervised = fileURLToPath(new URL("run-scenario.ts", import.meta.url));
const supervise = fileURLToPath(new URL("supervise-scenario.ts", import.meta.url));

/** What a scenario is given. */
export interface ScenarioPlace {
  /** The build's work directory. */
  readonly directory: string;
  /** Aborted when the supervisor was told to end, or has ended. */
  readonly signal: AbortSignal;
}

/** A part of a test that needs namespaces: an exported function of the test's file. */
export type Scenario<Result> = (place: ScenarioPlace) => Promise<Result>;

/** Where a scenario is, and as whom it runs. */
export interface ScenarioOptions {
  /** The URL of the file that exports it. */
  readonly from: string;
  /** A program with arguments that runs what follows them as somebody else. */
  readonly as?: readonly string[];
}

/**
 * Runs `scenario` in namespaces of its own, as `slipway build` runs itself, and returns what it
 * returns, by way of JSON. It takes part in no state of the test.
 */
export async function inNamespace<Result>(
  scenario: Scenario<Result>,
  options: ScenarioOptions,
): Promise<Result> {
  return runScenario(supervise, scenario, options);
}

async function runScenario<Result>(
  file: string,
  scenario: Scenario<Result>,
  { from, as = [] }: ScenarioOptions,
): Promise<Result> {
  await using place = await makeTemporaryDirectory();
  await chmod(place.path, 0o1777);
  const [program, ...before] = [...as, process.execPath];
  const args = [file, fileURLToPath(from), scenario.name, place.path];
  const result = await runProgram([program, ...before, ...args]);
  if (result.kind !== "exited" || result.code !== 0) {
    const said = result.kind === "not-started" ? result.errno : result.stderr.toString();
    throw new Error(`the scenario ${scenario.name} failed: ${said}`);
  }
  return JSON.parse(result.stdout.toString()) as Result;
}

/** Runs `scenario` in a process of its own, without namespaces, and returns what it returns. */
export async function inProcess<Result>(
  scenario: Scenario<Result>,
  options: ScenarioOptions,
): Promise<Result> {
  return runScenario(unsupervised, scenario, options);
}

/** A supervisor of a scenario that goes on until it is ended. */
export interface RunningScenario {
  readonly pid: number;
  /** Resolves to what the scenario has written, when it has written a line. */
  readonly firstLine: Promise<string>;
  /** Resolves when the supervisor and all that could write in its place have ended. */
  readonly ended: Promise<{ code: number | null; signal: string | null }>;
}

/** Starts `scenario` in namespaces of its own. Its work directory lies in `directory`. */
export function startInNamespace(
  scenario: Scenario<unknown>,
  { from, as = [], directory }: ScenarioOptions & { readonly directory: string },
): RunningScenario {
  const [program, ...before] = [...as, process.execPath];
  const args = [...before, supervise, fileURLToPath(from), scenario.name, directory];
  const child = spawn(program, args, { stdio: ["ignore", "pipe", "ignore"] });
  let text = "";
  const firstLine = new Promise<string>((resolve) => {
    child.stdout.on("data", (chunk: Buffer) => {
      text += chunk.toString();
      if (text.includes("\n")) resolve(text.split("\n")[0] ?? "");
    });
  });
  const ended = once(child, "close").then(([code, signal]: (number | string | null)[]) => ({
    code: code as number | null,
    signal: signal as string | null,
  }));
  return { pid: child.pid ?? 0, firstLine, ended };
}
