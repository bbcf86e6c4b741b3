import { UsageError } from "../../errors/usage-error.ts";
import { findUnit } from "../../fanout/unit.ts";
import { joinSupervisor } from "../../isolation/namespace/supervised.ts";
import type { BuildOptions, BuildRun, RunBuild } from "../build-options.ts";
import type { buildFlags } from "../flags/build-flags.ts";
import { type IndexOptions, readIndexOptions } from "../index-options.ts";
import { loadImageUnits, loadStageUnits } from "../load-units.ts";
import { readBuildOptions, readSource } from "../options.ts";
import type { Settled } from "../settle-in-pipeline.ts";
import { readUnitSource } from "../unit-source.ts";
import { valuesOfImage, valuesOfIndex, valuesOfStage } from "../unit-values.ts";
import type { CommandCall } from "./command.ts";

/** What doing a unit comes to. */
type UnitWork =
  | { readonly kind: "build"; readonly options: BuildOptions }
  | { readonly kind: "index"; readonly options: IndexOptions };

/** What a unit is done with. */
interface UnitCall {
  readonly call: CommandCall;
  readonly run: BuildRun;
  readonly load: () => Promise<RunBuild>;
}

/** `slipway build --unit`: builds or joins what the unit says. Gives the exit code. */
export async function runUnit(
  settled: Settled<typeof buildFlags>,
  { call, run, load }: UnitCall,
): Promise<number> {
  // Before the first file is read: only then the rights to do so are there.
  const supervisor = await joinSupervisor(run.environment);
  const work = await readUnitWork(settled, call);
  if (work.kind === "build") return (await load())(work.options, { ...run, supervisor });
  return (await import("./run-index.ts")).runIndex(work.options, run);
}

/**
 * Finds out what `slipway build --unit` is asked for.
 *
 * @throws USAGE_*, BUILD_FILE_*, CONTEXT_*, DOCKERFILE_*
 */
async function readUnitWork(
  settled: Settled<typeof buildFlags>,
  { host, sources }: CommandCall,
): Promise<UnitWork> {
  const { values } = settled;
  const id = values.unit;
  if (id === undefined) {
    throw new UsageError("USAGE_CONFLICT", "--build-file needs a --unit to build", {
      hint: "slipway plan --fan-out lists the units",
    });
  }
  const source = readUnitSource(values, readSource(values, host), host);
  if (source.kind === "stages") {
    const { units, plan } = await loadStageUnits(source, { sources });
    const ofStage = valuesOfStage(findUnit(units, id), values, plan);
    return { kind: "build", options: readBuildOptions({ ...settled, values: ofStage }, host) };
  }
  const unit = findUnit(loadImageUnits(source, { sources }), id);
  if (unit.kind === "index") {
    const ofIndex = valuesOfIndex(unit, values);
    return { kind: "index", options: readIndexOptions({ ...settled, values: ofIndex }, host) };
  }
  const ofImage = valuesOfImage(unit, settled.sources);
  return { kind: "build", options: readBuildOptions({ ...settled, values: ofImage }, host) };
}
