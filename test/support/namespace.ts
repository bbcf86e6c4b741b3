import { spawn } from "node:child_process";
import { once } from "node:events";
import { chmod } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { namespacePrivileges } from "../../src/isolation/namespace/privileges.ts";
import { runProgram } from "../../src/support/process.ts";
import { makeTemporaryDirectory } from "./temporary-directory.ts";

/** Whether this machine permits namespaces to whoever runs the tests; others' pods may not. */
export async function permitsNamespaces(): Promise<boolean> {
  return (await namespacePrivileges(new AbortController().signal)).permitted;
}

const supervise = fileURLToPath(new URL("supervise-scenario.ts", import.meta.url));

/** Runs `program` in front of what follows; the caller's own identity where absent. */
export interface ScenarioOptions {
  /** A program with arguments that runs what follows them as somebody else. */
  readonly as?: readonly string[];
}

/** What a scenario is given. */
export interface ScenarioPlace {
  /** The build's work directory. */
  readonly directory: string;
  /** Aborted when the supervisor was told to end, or has ended. */
  readonly signal: AbortSignal;
}

/**
 * Runs the function `name` of the module `url` in namespaces of its own, as `slipway build` runs
 * itself, and returns what it returns, by way of JSON. The module takes no part of the test's state.
 */
export async function inNamespace<Result>(
  url: string,
  name: string,
  { as = [] }: ScenarioOptions = {},
): Promise<Result> {
  await using place = await makeTemporaryDirectory();
  await chmod(place.path, 0o1777);
  const [program = process.execPath, ...args] = [...as, process.execPath, supervise];
  const result = await runProgram([program, ...args, fileURLToPath(url), name, place.path]);
  if (result.kind !== "exited" || result.code !== 0) {
    const said = result.kind === "not-started" ? result.errno : result.stderr.toString();
    throw new Error(`the scenario ${name} failed: ${said}`);
  }
  return JSON.parse(result.stdout.toString()) as Result;
}

/** A supervisor of a scenario that goes on until it is ended. */
export interface RunningScenario {
  readonly pid: number;
  /** Resolves to what the scenario has written, when it has written a line. */
  readonly firstLine: Promise<string>;
  /** Resolves when the supervisor and all that could write in its place have ended. */
  readonly ended: Promise<{ code: number | null; signal: string | null }>;
}

/** Starts the scenario `name` of the module `url` below `directory`, in namespaces of its own. */
export function startInNamespace(url: string, name: string, directory: string): RunningScenario {
  const child = spawn(process.execPath, [supervise, fileURLToPath(url), name, directory], {
    stdio: ["ignore", "pipe", "ignore"],
  });
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
