import { type ChildProcess, spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { constants } from "node:os";
import { createInterface } from "node:readline";
import type { Duplex } from "node:stream";
import { CommandError } from "../../errors/command-error.ts";
import { removeDirectory } from "../../rootfs/remove-directory.ts";
import { runProgram } from "../../support/process.ts";
import type { Refusal } from "../refusal.ts";
import { endContainers } from "./container-processes.ts";
import { mapOwnIds } from "./id-maps.ts";
import { enter, type NamespacePrivileges } from "./privileges.ts";
import { cannotMap, mappingCapabilities } from "./refusals.ts";
import { joined, start, supervisorVariable } from "./supervised.ts";

export interface SupervisedProgram {
  /** The program and its arguments: slipway itself, again. */
  readonly argv: readonly [string, ...string[]];
  readonly env: NodeJS.ProcessEnv;
  /**
   * Absolute path of the directory in which the program keeps all its files, those of its isolation
   * at the top. It is removed when the program has ended, however it did.
   */
  readonly workDirectory: string;
  readonly privileges: NamespacePrivileges;
}

/**
 * How a supervised program ended.
 * - `exited`: with this code, or by a signal whose number is in it beside 128.
 * - `refused`: it has found that commands cannot be run in its namespaces.
 */
export type SupervisedEnd =
  | { readonly kind: "exited"; readonly code: number }
  | { readonly kind: "refused"; readonly refusals: readonly Refusal[] };

/** A program that runs in namespaces of its own. */
export interface Supervision {
  /**
   * Resolves when the program, all it started and its work directory are gone.
   *
   * @throws ISOLATION_UNAVAILABLE when it cannot be started.
   */
  readonly ended: Promise<SupervisedEnd>;
  /** Asks the program to end because of `signal`; after 10 s it is killed. */
  readonly end: (signal: NodeJS.Signals) => void;
}

const graceMs = 10_000;

/**
 * Runs a program in mount, process and, where needed, user namespaces of its own. It shares
 * standard input and outputs, and finds a pipe whose end means that this process is no more
 * (`joinSupervisor`). Whatever happens to either, the namespaces end with their first process, and
 * with them all mounts and processes in there.
 */
export function superviseInNamespace(program: SupervisedProgram): Supervision {
  const [command, ...args] = enter(program.privileges);
  const child = spawn(command, [...args, ...program.argv], {
    stdio: ["inherit", "inherit", "inherit", "pipe"],
    env: { ...program.env, [supervisorVariable]: "3" },
  });
  const pipe = child.stdio[3] as Duplex;
  // The program may end before it has read all.
  pipe.on("error", () => undefined);
  const refusals: Refusal[] = [];
  createInterface({ input: pipe }).on("line", (line) => {
    if (line !== joined) refusals.push(...(JSON.parse(line) as Refusal[]));
    else if (giveRights(child, program.privileges, refusals)) pipe.write(`${start}\n`);
  });
  let killer: NodeJS.Timeout | undefined;
  const end = (signal: NodeJS.Signals): void => {
    pipe.write(`${signal}\n`);
    killer ??= setTimeout(() => child.kill("SIGKILL"), graceMs);
  };
  const ended = async (): Promise<SupervisedEnd> => {
    try {
      const code = await endOf(child);
      return refusals.length === 0 ? { kind: "exited", code } : { kind: "refused", refusals };
    } finally {
      clearTimeout(killer);
      pipe.destroy();
      await cleanUp(program);
    }
  };
  return { ended: ended(), end };
}

/** Maps the ids of a program that now waits for them. Ends one that cannot get them. */
function giveRights(
  child: ChildProcess,
  { root }: NamespacePrivileges,
  refusals: Refusal[],
): boolean {
  if (root !== "mapped" || child.pid === undefined) return true;
  try {
    mapOwnIds(child.pid);
    return true;
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    refusals.push(cannotMap(reason, mappingCapabilities));
    child.kill("SIGKILL");
    return false;
  }
}

function endOf(child: ChildProcess): Promise<number> {
  return new Promise((resolve, reject) => {
    child.once("error", (cause) => {
      const message = `cannot run unshare: ${cause.message}`;
      reject(new CommandError("ISOLATION_UNAVAILABLE", message, { cause }));
    });
    // Only then all that it said has been read.
    child.once("close", (code, signal) => {
      resolve(code ?? 128 + (signal === null ? 0 : constants.signals[signal]));
    });
  });
}

const remove = 'require("node:fs").rmSync(process.argv[1], { recursive: true, force: true })';

/** Does what a program that was killed could not do itself. */
async function cleanUp({ privileges, workDirectory }: SupervisedProgram): Promise<void> {
  if (!existsSync(workDirectory)) return;
  if (privileges.processes === "shared") await endContainers(workDirectory);
  if (privileges.root === "real" || privileges.root === "mapped") {
    removeDirectory(workDirectory);
    return;
  }
  // What lies in there may belong to ids that only such a user namespace can remove.
  const alike = enter({ ...privileges, processes: "shared" });
  await runProgram([...alike, process.execPath, "-e", remove, workDirectory]);
}
