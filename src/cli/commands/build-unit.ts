import { UsageError } from "../../errors/usage-error.ts";
import { findUnit } from "../../fanout/unit.ts";
import { joinSupervisor } from "../../isolation/namespace/supervised.ts";
import type { BuildRun, RunBuild } from "../build-options.ts";
import type { buildFlags } from "../flags/build-flags.ts";
import { readIndexOptions } from "../index-options.ts";
import { loadImageUnits, loadStageUnits } from "../load-units.ts";
import { readBuildOptions, readFetchableSource } from "../options.ts";
import type { Settled } from "../settle-in-pipeline.ts";
import { readUnitSource, type UnitSource } from "../unit-source.ts";
import { valuesOfImage, valuesOfIndex, valuesOfStage } from "../unit-values.ts";
import type { CommandCall } from "./command.ts";

/** What a unit is done with. */
interface UnitCall {
  readonly call: CommandCall;
  readonly run: BuildRun;
  readonly load: () => Promise<RunBuild>;
}

type SettledBuild = Settled<typeof buildFlags>;

/**
 * `slipway build --unit`: builds or joins what the unit says. Gives the exit code.
 *
 * @throws USAGE_*, BUILD_FILE_*, CONTEXT_*, DOCKERFILE_*, and what building throws
 */
export async function runUnit(settled: SettledBuild, given: UnitCall): Promise<number> {
  // Before the first file is read: only then the rights to do so are there.
  const supervisor = await joinSupervisor(given.run.environment);
  const unitCall = { ...given, run: { ...given.run, supervisor } };
  const { host } = given.call;
  const { values } = settled;
  const id = values.unit;
  if (id === undefined) {
    throw new UsageError("USAGE_CONFLICT", "--build-file needs a --unit to build", {
      hint: "slipway plan --fan-out lists the units",
    });
  }
  const source = readUnitSource(values, readFetchableSource(settled, host), host);
  return source.kind === "stages"
    ? buildStage({ settled, source, id }, unitCall)
    : buildImage({ settled, source, id }, unitCall);
}

interface UnitOf<Kind extends UnitSource["kind"]> {
  readonly settled: SettledBuild;
  readonly source: Extract<UnitSource, { readonly kind: Kind }>;
  readonly id: string;
}

/** A context that comes from elsewhere is fetched once: what is planned is what is built. */
async function buildStage(
  { settled, source, id }: UnitOf<"stages">,
  { call: { host, sources }, run, load }: UnitCall,
): Promise<number> {
  const { withLocalSource } = await import("../local-source.ts");
  return withLocalSource(source.options, run, async (options) => {
    const { units, plan } = await loadStageUnits({ ...source, options }, { sources });
    const values = valuesOfStage(findUnit(units, id), settled.values, plan);
    return (await load())(readBuildOptions({ ...settled, values }, host), run);
  });
}

async function buildImage(
  { settled, source, id }: UnitOf<"images">,
  { call: { host, sources }, run, load }: UnitCall,
): Promise<number> {
  const unit = findUnit(loadImageUnits(source, { sources }), id);
  if (unit.kind === "index") {
    const values = valuesOfIndex(unit, settled.values);
    const options = readIndexOptions({ ...settled, values }, host);
    return (await import("./run-index.ts")).runIndex(options, run);
  }
  const values = valuesOfImage(unit, settled.sources);
  return (await load())(readBuildOptions({ ...settled, values }, host), run);
}
