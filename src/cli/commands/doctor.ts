import { rmSync } from "node:fs";
import { dirname } from "node:path";
import packageJson from "../../../package.json" with { type: "json" };
import { isBuilderError } from "../../errors/builder-error.ts";
import { errorCodes } from "../../errors/codes.ts";
import { directoryFacts, gatherPodFacts } from "../../isolation/facts/pod-facts.ts";
import { joinSupervisor, type Supervisor } from "../../isolation/namespace/supervised.ts";
import { createLogger } from "../../log/create-logger.ts";
import { visibleCredentials } from "../../registry/credentials/visible-credentials.ts";
import type { BuildRun } from "../build-options.ts";
import type { DoctorOptions, RunDoctor } from "../doctor/doctor-options.ts";
import { permittingLines } from "../doctor/pod-spec.ts";
import type { DoctorReport, Problem } from "../doctor/report.ts";
import { formatDoctorReport } from "../doctor/report-text.ts";
import { examineLadder, type RungReport } from "../rungs/examine.ts";
import { examineInside } from "../rungs/examine-inside.ts";
import { workDirectoryVariable } from "../rungs/namespace-rung.ts";
import { makeWorkDirectory } from "../work-directory.ts";

/**
 * `slipway doctor`: what this pod is like, and which ways of running a RUN it permits, found by the
 * attempts that a build makes. The exit code is 1 where none works, or not the one that is asked for.
 */
export const runDoctor: RunDoctor = async (options, run) => {
  const supervisor = await joinSupervisor(run.environment);
  if (supervisor !== undefined) return answerSupervisor(options, run, supervisor);
  const report = await examinePod(options, run);
  const isJson = options.format === "json";
  run.print(isJson ? `${JSON.stringify(report, null, 2)}\n` : formatDoctorReport(report));
  return report.rung === null ? 1 : 0;
};

/** The part of this program that `examineLadder` starts in namespaces. */
async function answerSupervisor(
  { log: logOptions }: DoctorOptions,
  run: BuildRun,
  supervisor: Supervisor,
): Promise<number> {
  const log = createLogger({ ...logOptions, destination: { write: run.writeError } });
  const signal = AbortSignal.any([run.signal, supervisor.signal]);
  const workDirectory = run.environment[workDirectoryVariable] ?? "";
  await examineInside({ workDirectory, signal, log }, supervisor);
  return 0;
}

async function examinePod(options: DoctorOptions, run: BuildRun): Promise<DoctorReport> {
  const pod = await gatherPodFacts(run.signal);
  const credentials = await orProblem(() => visibleCredentials(options.credentials));
  const { rungs, workDirectory } = await orProblem(() => climb(options, run)).then((found) =>
    "code" in found ? { rungs: [], workDirectory: found } : found,
  );
  return {
    version: packageJson.version,
    rung: rungs.find(({ works }) => works)?.name ?? null,
    rungs: rungs.map((rung) => ({
      ...rung,
      podSpec: rung.works ? [] : permittingLines(rung.name, pod),
    })),
    workDirectory,
    pod,
    pipeline: options.pipeline,
    credentials,
  };
}

/** Tries the rungs in a work directory as a build has it. */
async function climb(
  { force, isolation, log: logOptions, workPlaces }: DoctorOptions,
  run: BuildRun,
): Promise<Pick<DoctorReport, "workDirectory"> & { readonly rungs: readonly RungReport[] }> {
  const log = createLogger({ ...logOptions, destination: { write: run.writeError } });
  const directory = makeWorkDirectory(workPlaces);
  try {
    const rungs = await examineLadder({
      choice: isolation,
      force,
      staying: [directory],
      workDirectory: directory,
      signal: run.signal,
      log,
    });
    return { rungs, workDirectory: directoryFacts(dirname(directory)) };
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

/** What `find` gives, or the error that a build would end with. */
async function orProblem<T>(find: () => Promise<T>): Promise<T | Problem> {
  try {
    return await find();
  } catch (error) {
    if (!isBuilderError(error) || error.code === "CANCELLED") throw error;
    const { code, message, hint } = error;
    return { code, message, hint: hint ?? errorCodes[code].hint };
  }
}
