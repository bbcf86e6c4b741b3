import { writeFile } from "node:fs/promises";
import { UsageError } from "../../errors/usage-error.ts";
import { describePlan, type FanOutPlan, formatFanOut } from "../../fanout/plan-text.ts";
import { wavesOf } from "../../fanout/unit.ts";
import { createLogger } from "../../log/create-logger.ts";
import { writeAtomically } from "../../support/atomic-file.ts";
import type { BuildRun } from "../build-options.ts";
import type { FanOutOptions } from "../fan-out-options.ts";
import { loadImageUnits, loadStageUnits } from "../load-units.ts";
import type { UnitSource } from "../unit-source.ts";

/** `slipway plan --fan-out`: which units pods can build by themselves, and in which waves. */
export async function runFanOut(options: FanOutOptions, run: BuildRun): Promise<number> {
  const log = createLogger({ ...options.log, destination: { write: run.writeError } });
  for (const notice of run.notices) log.warn(notice);
  const plan = await makePlan(options.source, run);
  assertAllNamed(plan, options);
  const { wave: only, format } = options;
  const answer = only === undefined ? describePlan(plan) : idsOf(plan, only);
  for (const { path, wave } of options.files) {
    const text = JSON.stringify(wave === undefined ? answer : idsOf(plan, wave));
    await writeAtomically(path, (file) => writeFile(file, text));
  }
  const isText = only === undefined && format === "text";
  run.print(isText ? formatFanOut(plan) : `${JSON.stringify(answer)}\n`);
  return 0;
}

async function makePlan(source: UnitSource, run: BuildRun): Promise<FanOutPlan> {
  if (source.kind === "images") return { waves: wavesOf(loadImageUnits(source, run)), kept: [] };
  const { withLocalSource } = await import("../local-source.ts");
  const { units, kept } = await withLocalSource(source.options, run, (options) =>
    loadStageUnits({ ...source, options }, run),
  );
  return { waves: wavesOf(units), kept };
}

/** The ids of a wave, from 1 on; none after the last. */
function idsOf({ waves }: FanOutPlan, wave: number): readonly string[] {
  return (waves[wave - 1] ?? []).map(({ id }) => id);
}

/** A pipeline that has a fixed number of waves must not leave some of the units out. */
function assertAllNamed({ waves }: FanOutPlan, { files }: FanOutOptions): void {
  const highest = Math.max(0, ...files.map(({ wave = 0 }) => wave));
  if (highest === 0 || waves.length <= highest) return;
  throw new UsageError(
    "USAGE_CONFLICT",
    `there are ${waves.length} waves, and --plan-file names ${highest}`,
    { hint: "Give the pipeline more waves, or shorten the longest chain of images or stages" },
  );
}
