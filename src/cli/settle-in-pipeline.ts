import { findEngine } from "../pipeline/detect-engine.ts";
import type { PipelineEngine, ProvidedValues } from "../pipeline/engine.ts";
import { type FlagSources, type GivenValues, listSettings, settleFlags } from "./flag-values.ts";
import type { FlagTable, FlagValues } from "./flags/flag.ts";
import { outputFlags } from "./flags/output-flags.ts";
import { pipelineFlags } from "./flags/pipeline-flags.ts";
import type { Host } from "./host.ts";

/** The flags of a command, settled by the conventions of the pipeline around it. */
export interface Settled<Table extends FlagTable> {
  readonly values: FlagValues<Table>;
  readonly engine: PipelineEngine | undefined;
  /** What the values were settled from. */
  readonly sources: FlagSources;
}

/**
 * Finds out which engine the process is a step of, and settles all flags: arguments win over the
 * environment, that over what the engine provides, and that over defaults.
 *
 * @throws USAGE_INVALID_VALUE
 */
export function settleInPipeline<Table extends FlagTable>(
  table: Table,
  given: GivenValues,
  host: Host,
): Settled<Table> {
  const { environment } = host;
  const { pipeline } = settleFlags(pipelineFlags, { given, environment });
  const engine = findEngine(pipeline, host);
  const provided = providedBy(engine, { given, environment }, host);
  const sources = { given, environment, provided };
  return { values: settleFlags(table, sources), engine, sources };
}

const resultFileFlags = {
  "digest-file": outputFlags["digest-file"],
  "image-name-with-digest-file": outputFlags["image-name-with-digest-file"],
  "image-name-tag-with-digest-file": outputFlags["image-name-tag-with-digest-file"],
  "image-url-file": outputFlags["image-url-file"],
} as const satisfies FlagTable;

/** A step that names its result files itself may not be the only one of its Task that has results. */
function providedBy(
  engine: PipelineEngine | undefined,
  sources: FlagSources,
  host: Host,
): ProvidedValues {
  if (engine === undefined) return {};
  const { result, ...provided } = engine.provide(host);
  const namesFiles = listSettings(resultFileFlags, sources).length > 0;
  return result === undefined || namesFiles ? provided : { ...provided, result };
}
