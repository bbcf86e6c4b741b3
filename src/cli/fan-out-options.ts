import { UsageError } from "../errors/usage-error.ts";
import type { LogOptions } from "./build-options.ts";
import { parseCount } from "./flag-texts.ts";
import type { FlagValues } from "./flags/flag.ts";
import type { planFlags } from "./flags/query-flags.ts";
import type { Host } from "./host.ts";
import type { QueryOptions } from "./query-options.ts";
import { readUnitSource, type UnitSource } from "./unit-source.ts";

/** What `slipway plan --fan-out` is asked. */
export interface FanOutOptions {
  readonly source: UnitSource;
  readonly format: "json" | "text";
  /** The only wave to print, from 1 on. */
  readonly wave: number | undefined;
  readonly files: readonly PlanFile[];
  readonly log: LogOptions;
}

/** A file to write: the ids of a wave, or what is printed. */
export interface PlanFile {
  readonly path: string;
  readonly wave: number | undefined;
}

type Values = FlagValues<typeof planFlags>;

/**
 * Turns the settled flags of `slipway plan` into what it is asked about units; undefined where it is not
 * asked about them.
 *
 * @throws USAGE_INVALID_VALUE, USAGE_CONFLICT
 */
export function readFanOut(
  values: Values,
  options: QueryOptions,
  host: Pick<Host, "environment">,
): FanOutOptions | undefined {
  if (!values["fan-out"]) {
    assertNotGiven(values);
    return undefined;
  }
  if (values.resolve) {
    throw new UsageError("USAGE_CONFLICT", "--fan-out does not go with --resolve", {
      hint: "Pods that build units do not ask registries for the plan, and all have to find the same",
    });
  }
  return {
    source: readUnitSource(values, options, host),
    format: values.format,
    wave: parseCount("--wave", values.wave),
    files: values["plan-file"].map(readPlanFile),
    log: options.log,
  };
}

function assertNotGiven(values: Values): void {
  const given = (["build-file", "wave"] as const).filter((flag) => values[flag] !== undefined);
  const [first] = values["plan-file"].length > 0 ? [...given, "plan-file"] : given;
  if (first === undefined) return;
  throw new UsageError("USAGE_CONFLICT", `--${first} needs --fan-out`);
}

function readPlanFile(text: string): PlanFile {
  const [, wave, path = text] = /^([1-9][0-9]{0,5})=(.+)$/s.exec(text) ?? [];
  return { path, wave: wave === undefined ? undefined : Number(wave) };
}
