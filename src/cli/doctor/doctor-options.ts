import type { IsolationName } from "../../isolation/isolation.ts";
import type { CredentialsPlaces } from "../../registry/credentials/credentials-places.ts";
import type { BuildRun, LogOptions } from "../build-options.ts";
import { listSettings } from "../flag-values.ts";
import { doctorFlags } from "../flags/doctor-flags.ts";
import type { Host } from "../host.ts";
import { readCredentials, readLog, readWorkPlaces } from "../options.ts";
import type { Settled } from "../settle-in-pipeline.ts";
import type { WorkPlaces } from "../work-directory.ts";
import { type PipelineReport, shownSetting } from "./pipeline-report.ts";

/** What `slipway doctor` was asked. */
export interface DoctorOptions {
  readonly isolation: "auto" | IsolationName;
  readonly force: boolean;
  readonly workPlaces: WorkPlaces;
  readonly format: "json" | "text";
  readonly pipeline: PipelineReport;
  readonly credentials: CredentialsPlaces;
  readonly log: LogOptions;
}

/** What the handler of `slipway doctor` calls. Gives the exit code. */
export type RunDoctor = (options: DoctorOptions, run: BuildRun) => Promise<number>;

/** Turns the settled flags of `slipway doctor` into what it is asked. */
export function readDoctorOptions(
  { engine, sources, values }: Settled<typeof doctorFlags>,
  host: Host,
): DoctorOptions {
  return {
    pipeline: {
      engine: engine?.name ?? null,
      settings: listSettings(doctorFlags, sources).map(shownSetting),
    },
    credentials: readCredentials(values, { engine, host }),
    isolation: values.isolation,
    force: values.force,
    workPlaces: readWorkPlaces(values, engine),
    format: values.format,
    log: readLog(values, host),
  };
}
