import { existsSync, rmSync } from "node:fs";
import { resolve } from "node:path";
import { killedHint } from "../build/steps/run-failure.ts";
import type { CacheKey } from "../cache/cache-key.ts";
import { errorCodes } from "../errors/codes.ts";
import { CommandError } from "../errors/command-error.ts";
import { watchOomKills } from "../isolation/facts/memory-cgroups.ts";
import { joinSupervisor, type Supervisor } from "../isolation/namespace/supervised.ts";
import { createLogger } from "../log/create-logger.ts";
import type { BuildOptions, BuildRun, RunBuild } from "./build-options.ts";
import { type Composition, compose, rungNeeded } from "./compose.ts";
import { withLocalSource } from "./local-source.ts";
import { prepareBuild } from "./prepare-build.ts";
import { buildOnRung } from "./rungs/climb.ts";
import { openNamespaceRung, workDirectoryVariable } from "./rungs/namespace-rung.ts";
import { makeWorkDirectory } from "./work-directory.ts";

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
  const log = createLogger({ ...options.log, destination: { write: run.writeError } });
  const prepared = prepareBuild(options, run);
  const given = supervisor === undefined ? undefined : run.environment[workDirectoryVariable];
  const directory = given ?? makeWorkDirectory(options.workPlaces);
  // Before cgroups are hidden from us.
  const oomKills = watchOomKills();
  const broken = new Set<CacheKey>();
  const start = { options, run, prepared, directory, log, oomKills, broken };
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
  const { options, run, prepared, directory, log } = start;
  if (!prepared.hasRun) {
    try {
      await composeUntilAbort({ ...start, isFirst: true });
      return 0;
    } catch (error) {
      if (error !== rungNeeded) throw error;
    }
  }
  const climb = {
    choice: options.isolation,
    force: options.force,
    staying: pathsInUse(start),
    workDirectory: directory,
    signal: run.signal,
    log,
  };
  const code = await buildOnRung(climb, async (rung, refusals) => {
    await composeUntilAbort({ ...start, rung, refusals, isFirst: prepared.hasRun });
    return 0;
  });
  // A process that builds says itself why it fails, unless it cannot.
  if (!ownCodes.has(code)) throw killedBuilder(code, start);
  return code;
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
    return source.kind === "context" ? [source.location.replace(/^dir:\/\//, "")] : [];
  });
  const { directory: cacheDirectory, steps } = options.cache;
  const kept = [
    ...(cacheDirectory === undefined ? [] : [cacheDirectory]),
    ...(steps !== undefined && "layouts" in steps.place ? [steps.place.layouts] : []),
  ];
  const paths = [
    directory,
    prepared.contextDirectory,
    ...named,
    ...options.agents.values(),
    ...kept,
  ];
  return paths.map((path) => resolve(path)).filter((path) => existsSync(path));
}

/** Builds in the namespaces that were made for it, if commands can be run in them. */
async function buildInNamespace(start: Start, supervisor: Supervisor): Promise<number> {
  const { run, prepared, directory, log } = start;
  const probe = await openNamespaceRung({ workDirectory: directory, signal: run.signal, log });
  if (!probe.works) {
    await supervisor.refuse(probe.refusals);
    return 0;
  }
  // A build that starts again in namespaces has said this before.
  await composeUntilAbort({ ...start, rung: probe.rung, isFirst: prepared.hasRun });
  return 0;
}

/** Composes and builds; once more without them where entries of the cache have turned out to be broken. */
async function composeUntilAbort(parts: Composition): Promise<void> {
  const { run, broken, log } = parts;
  const before = broken.size;
  try {
    await compose(parts);
  } catch (error) {
    if (run.signal.aborted) throw run.signal.reason;
    if (broken.size === before) throw error;
    const reason = error instanceof Error ? error.message : String(error);
    log.warn("the cache is broken, and the build starts again without what is", { reason });
    await composeUntilAbort({ ...parts, isFirst: false });
  }
}
