import { readDoctorOptions } from "../doctor/doctor-options.ts";
import { readFanOut } from "../fan-out-options.ts";
import { doctorFlags } from "../flags/doctor-flags.ts";
import { checkFlags, outlineFlags, planFlags } from "../flags/query-flags.ts";
import { type QueryOptions, type RunQuery, readQueryOptions } from "../query-options.ts";
import { settleInPipeline } from "../settle-in-pipeline.ts";
import { type Command, type CommandCall, runUntilSignal } from "./command.ts";

/** `slipway check`: it always asks registries, since rules depend on base images. */
export const checkCommand: Command = {
  description: "Check a Dockerfile by the rules of BuildKit",
  flags: checkFlags,
  run: (given, call) => {
    const { host } = call;
    const settled = settleInPipeline(checkFlags, given, host);
    const options = readQueryOptions(settled, { host, resolve: true });
    return runQuery(options, call, async () => (await import("./check.ts")).runCheck);
  },
};

/** `slipway outline` */
export const outlineCommand: Command = {
  description: "Show the targets of a Dockerfile, and what building one takes from outside",
  flags: outlineFlags,
  run: (given, call) => {
    const { host } = call;
    const settled = settleInPipeline(outlineFlags, given, host);
    const options = readQueryOptions(settled, { host, resolve: settled.values.resolve });
    return runQuery(options, call, async () => (await import("./outline.ts")).runOutline);
  },
};

/** `slipway plan` */
export const planCommand: Command = {
  description: "Show the stages and steps that a build would go through, and why",
  flags: planFlags,
  run: (given, call) => {
    const { host } = call;
    const settled = settleInPipeline(planFlags, given, host);
    const options = readQueryOptions(settled, { host, resolve: settled.values.resolve });
    const fanOut = readFanOut(settled.values, options, host);
    if (fanOut === undefined) {
      return runQuery(options, call, async () => (await import("./plan.ts")).runPlan);
    }
    return runUntilSignal(call, async (run) =>
      (await import("./fan-out.ts")).runFanOut(fanOut, run),
    );
  },
};

/** `slipway doctor` */
export const doctorCommand: Command = {
  description: "Show what this pod permits, and which way of running RUN a build would take",
  flags: doctorFlags,
  run: (given, call) => {
    const { host } = call;
    const options = readDoctorOptions(settleInPipeline(doctorFlags, given, host), host);
    return runUntilSignal(call, async (run) =>
      (await import("./doctor.ts")).runDoctor(options, run),
    );
  },
};

function runQuery(
  options: QueryOptions,
  call: CommandCall,
  load: () => Promise<RunQuery>,
): Promise<number> {
  return runUntilSignal(call, async (run) => {
    const [{ withLocalSource }, query] = await Promise.all([import("../local-source.ts"), load()]);
    return withLocalSource(options, run, (local) => query(local, run));
  });
}
