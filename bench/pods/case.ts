import { spawn } from "node:child_process";
import { once } from "node:events";
import { appendFile, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import path from "node:path";
import { podCommand, podProfiles } from "../../test/support/pods.ts";
import { giveAccess, type Owner, relayAgent } from "./access.ts";
import { leftInRoot } from "./leftovers.ts";

/** What is the same for all cases in a pod; `runCase` reads it from a file. */
export interface CaseSettings {
  readonly profile: string;
  readonly layers: readonly string[];
  readonly entrypoint: readonly string[];
  readonly environment: Readonly<Record<string, string>>;
  /** Directories that are in the pod under the same paths. */
  readonly mounts: readonly string[];
  /** Those of them that the pod may not write to. */
  readonly readOnlyMounts: readonly string[];
  /** More arguments for the pod program. */
  readonly options: readonly string[];
  /** Variables of the suite itself, which are not the case's. */
  readonly outerVariables: readonly string[];
}

/** Writes the command line that stands for slipway in the suite. */
export async function writeCaseSettings(
  directory: string,
  settings: CaseSettings,
): Promise<readonly string[]> {
  await writeFile(path.join(directory, settingsFile), JSON.stringify(settings));
  return [process.execPath, path.resolve("bench/pods.ts"), "case", directory];
}

/** The rungs that cases said they took, each once. */
export async function rungsTaken(directory: string): Promise<readonly string[]> {
  const text = await readFile(path.join(directory, rungsFile), "utf8").catch(() => "");
  return [...new Set(text.split("\n").filter((line) => line !== ""))];
}

const settingsFile = "settings.json";
const rungsFile = "rungs";

/**
 * Runs slipway in a pod for one case of the suite: the first argument is the directory of the
 * settings, the others are slipway's. Gives its exit status.
 */
export async function runCase([directory = "", ...args]: readonly string[]): Promise<number> {
  const settings = JSON.parse(
    await readFile(path.join(directory, settingsFile), "utf8"),
  ) as CaseSettings;
  const user = podProfiles[settings.profile]?.user ?? { uid: 0, gid: 0 };
  const place = path.dirname(args[args.indexOf("--oci-layout-path") + 1] ?? "");
  if (user.uid !== 0) await giveAccess(place, user);
  await using agents = await reachableAgents(args, user);
  const scratch = await mkdtemp(path.join(directory, "container-"));
  try {
    const command = await podCommand({
      profile: settings.profile,
      layers: settings.layers,
      scratch,
      environment: { ...settings.environment, ...ownVariables(settings) },
      options: [
        ...settings.options,
        ...settings.mounts.map((mount) => {
          const access = settings.readOnlyMounts.includes(mount) ? "ro" : "rw";
          return `--mount=${mount}:${mount}:${access}`;
        }),
      ],
      command: [...settings.entrypoint, ...agents.args],
    });
    const code = await runShown(command, path.join(directory, rungsFile));
    const left = await leftInRoot(path.join(scratch, "upper"), settings.mounts);
    if (left.length === 0) return code;
    process.stdout.write(`error: the pod's root was left with ${left.join(", ")}\n`);
    return leftoversStatus;
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
}

/** An exit status that slipway does not have. */
const leftoversStatus = 99;

/** The case's variables: those that the suite did not have already. */
function ownVariables({ outerVariables }: CaseSettings): Record<string, string> {
  const own = Object.entries(process.env).filter(([name]) => !outerVariables.includes(name));
  return Object.fromEntries(own) as Record<string, string>;
}

/** The arguments with sockets of agents that the pod's user may speak with. */
async function reachableAgents(
  args: readonly string[],
  user: Owner,
): Promise<AsyncDisposable & { readonly args: readonly string[] }> {
  await using relays = new AsyncDisposableStack();
  const shown: string[] = [];
  for (const [at, arg] of args.entries()) {
    const [id, socket] = args[at - 1] === "--ssh" ? arg.split("=") : [];
    if (id === undefined || socket === undefined || user.uid === 0) {
      shown.push(arg);
      continue;
    }
    const relay = await relayAgent(socket, user);
    relays.defer(() => void relay.server.close());
    shown.push(`${id}=${relay.path}`);
  }
  const kept = relays.move();
  return { args: shown, [Symbol.asyncDispose]: () => kept.disposeAsync() };
}

/** Runs a program that shares this one's output, and notes the rung that it says it takes. */
async function runShown(
  [program = "", ...args]: readonly string[],
  rungs: string,
): Promise<number> {
  const child = spawn(program, args, { stdio: ["ignore", "pipe", "pipe"] });
  let said = "";
  for (const [from, to] of [
    [child.stdout, process.stdout],
    [child.stderr, process.stderr],
  ] as const) {
    from.on("data", (chunk: Buffer) => {
      to.write(chunk);
      if (said.length < saidLimit) said += chunk.toString();
    });
  }
  const [code] = (await once(child, "close")) as [number | null];
  const rung = /commands run isolated.*isolation\W+([a-z]+)/.exec(said)?.[1];
  if (rung !== undefined) await appendFile(rungs, `${rung}\n`);
  return code ?? 1;
}

const saidLimit = 1 << 20;
