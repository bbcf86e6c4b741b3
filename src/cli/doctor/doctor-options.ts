import type { IsolationName } from "../../isolation/isolation.ts";
import type { BuildRun, LogOptions } from "../build-options.ts";
import type { doctorFlags } from "../flags/doctor-flags.ts";
import type { FlagValues } from "../flags/flag.ts";
import type { Host } from "../host.ts";
import { readLog } from "../options.ts";

/** What `slipway doctor` was asked. */
export interface DoctorOptions {
  readonly isolation: "auto" | IsolationName;
  readonly force: boolean;
  readonly workDirectory: string | undefined;
  readonly format: "json" | "text";
  readonly log: LogOptions;
}

/** What the handler of `slipway doctor` calls. Gives the exit code. */
export type RunDoctor = (options: DoctorOptions, run: BuildRun) => Promise<number>;

/** Turns the settled flags of `slipway doctor` into what it is asked. */
export function readDoctorOptions(
  values: FlagValues<typeof doctorFlags>,
  host: Host,
): DoctorOptions {
  return {
    isolation: values.isolation,
    force: values.force,
    workDirectory: values["work-dir"],
    format: values.format,
    log: readLog(values, host),
  };
}
