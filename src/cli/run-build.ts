import { existsSync, mkdirSync, rmSync } from "node:fs";
import { resolve } from "node:path";
import { killedHint } from "../build/steps/run-failure.ts";
import { loadFaults, saveFaults } from "../cache/cache-faults.ts";
import { errorCodes } from "../errors/codes.ts";
import { CommandError } from "../errors/command-error.ts";
import { watchOomKills } from "../isolation/facts/memory-cgroups.ts";
import { joinSupervisor, type Supervisor } from "../isolation/namespace/supervised.ts";
import { createLogger } from "../log/create-logger.ts";
import { holdLog } from "../log/held-logger.ts";
import type { BuildOptions, BuildRun, RunBuild } from "./build-options.ts";
import { type Composition, compose, rungNeeded } from "./compose.ts";
import { withLocalSource } from "./local-source.ts";
import { prepareBuild } from "./prepare-build.ts";
import { buildOnRung } from "./rungs/climb.ts";
import { openNamespaceRung, workDirectoryVariable } from "./rungs/namespace-rung.ts";
import { makeWorkDirectory } from "./work-directory.ts";

const longestHoldMs = 2000;

/** What every way of building starts with. */
type Start = Omit<Composition, "rung" | "refusals" | "isFirst">;

/**
 * Builds: reads the Dockerfile, finds out whether it has commands to run, and if so, how they can be
 * run here. Returns the exit code of the process.
 */
export const runBuild: RunBuild = async (options, run) => {
  // Before the first file is read: only then the rights to do so are there.
  const supervisor = run.supervisor ?? (await joinSupervisor(run.environment));
  return withLocalSource(options, run, (local) => buildLocal(local, run, supervisor));
};

async function buildLocal(
  options: BuildOptions,
  run: BuildRun,
  supervisor: Supervisor | undefined,
): Promise<number> {
  const log = createLogger({
    ...options.log,
    destination: { write: run.writeError, status: run.showStatus },
  });
  const prepared = prepareBuild(options, run);
  // A process that goes on in namespaces has been preceded by one that says this.
  if (supervisor === undefined) for (const notice of run.notices) log.warn(notice);
  const given = supervisor === undefined ? undefined : run.environment[workDirectoryVariable];
  const directory = given ?? makeWorkDirectory(options.workPlaces);
  // Before cgroups are hidden from us.
  const oomKills = watchOomKills();
  const faults = loadFaults(directory);
  const start = { options, run, prepared, directory, log, oomKills, faults };
  try {
    if (supervisor === undefined) return await buildOutside(start);
    const signal = AbortSignal.any([run.signal, supervisor.signal]);
    return await buildInNamespace({ ...start, run: { ...run, signal } }, supervisor);
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

/** Builds in this process as far as that goes without running a command. */
async function buildOutside(start: Start): Promise<number> {
  const { options, run, directory, log } = start;
  if (mayRunNothing(start) && (await buildWithoutRung(start))) return 0;
  const climb = {
    choice: options.isolation,
    force: options.force,
    staying: pathsInUse(start),
    workDirectory: directory,
    signal: run.signal,
    log,
  };
  const code = await buildOnRung(climb, async (rung, refusals) => {
    await composeUntilAbort({ ...start, rung, refusals, isFirst: !mayRunNothing(start) });
    return 0;
  });
  // A process that builds says itself why it fails, unless it cannot.
  if (!ownCodes.has(code)) throw killedBuilder(code, start);
  return code;
}

/**
 * Builds if no command has to be run, and tells whether that was so. What it says before that turns out would be
 * said twice.
 */
async function buildWithoutRung(start: Start): Promise<boolean> {
  const held = holdLog(start.log, start.prepared.hasRun ? longestHoldMs : 0);
  if (!start.prepared.hasRun) held.release();
  try {
    await composeUntilAbort({ ...start, log: held.logger, isFirst: true });
  } catch (error) {
    if (error !== rungNeeded) throw error;
    held.drop();
    saveFaults(start.directory, start.faults);
    return false;
  } finally {
    held.release();
  }
  return true;
}

/** Whether there are no commands, or the cache may have what they make. */
function mayRunNothing({ prepared, options }: Start): boolean {
  const { steps, images } = options.cache;
  return !prepared.hasRun || steps !== undefined || images.length > 0;
}

/** How slipway ends by itself. What unshare makes of a SIGKILL in its namespaces is not among them. */
const ownCodes = new Set([0, ...Object.values(errorCodes).map(({ exitCode }) => exitCode)]);

function killedBuilder(code: number, { oomKills }: Start): CommandError {
  const message = `slipway itself was killed while it was building (exit code ${code})`;
  return new CommandError("COMMAND_KILLED", message, { hint: killedHint(oomKills() ?? 0) });
}

/** Absolute paths of this machine that are read while commands run. */
function pathsInUse({ options, prepared, directory }: Start): string[] {
  const named = [...options.namedContexts.values()].flatMap((source) => {
    if (source.kind === "layout") return [source.layout.directory];
    return source.kind === "context" ? [source.location.replace(/^(?:dir|tar):\/\//, "")] : [];
  });
  const paths = [
    directory,
    prepared.contextDirectory,
    ...named,
    ...options.agents.values(),
    ...cacheDirectories(options.cache),
  ];
  return paths.map((path) => resolve(path)).filter((path) => existsSync(path));
}

/** Directories of this machine that keep something between builds. Those that can be are made, to be known from the start. */
function cacheDirectories({ directory, steps, mounts }: BuildOptions["cache"]): string[] {
  const places = [steps?.place, mounts?.place].flatMap((place) =>
    place !== undefined && "layouts" in place ? [place.layouts] : [],
  );
  const kept = [...(directory === undefined ? [] : [directory]), ...places];
  for (const path of kept) {
    try {
      mkdirSync(path, { recursive: true });
    } catch {
      // Whoever uses it says why.
    }
  }
  return kept;
}

/** Builds in the namespaces that were made for it, if commands can be run in them. */
async function buildInNamespace(start: Start, supervisor: Supervisor): Promise<number> {
  const { run, directory, log } = start;
  const probe = await openNamespaceRung({ workDirectory: directory, signal: run.signal, log });
  if (!probe.works) {
    await supervisor.refuse(probe.refusals);
    return 0;
  }
  await composeUntilAbort({ ...start, rung: probe.rung, isFirst: !mayRunNothing(start) });
  return 0;
}

/** Composes and builds; once more without them where entries of the cache have turned out to be broken. */
async function composeUntilAbort(parts: Composition): Promise<void> {
  const { run, faults, log } = parts;
  const before = faults.brokenReads;
  try {
    await compose(parts);
  } catch (error) {
    if (run.signal.aborted) throw run.signal.reason;
    if (faults.brokenReads === before) throw error;
    const reason = error instanceof Error ? error.message : String(error);
    log.warn("the cache is broken, and the build starts again without what is", { reason });
    await composeUntilAbort({ ...parts, isFirst: false });
  }
}
