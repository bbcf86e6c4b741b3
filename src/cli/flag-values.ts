import { UsageError } from "../errors/usage-error.ts";
import type { ProvidedValues } from "../pipeline/engine.ts";
import { switchValue } from "./arguments.ts";
import { type Flag, type FlagTable, type FlagValues, variableOf } from "./flags/flag.ts";
import type { Environment } from "./host.ts";
import { parseListText } from "./list-text.ts";

/** Values as they were written, by the flag's name: what the parser makes of the arguments. */
export type GivenValues = Readonly<Record<string, unknown>>;

/** Where values of flags come from, the strongest first. */
export interface FlagSources {
  readonly given: GivenValues;
  readonly environment: Environment;
  /** What a pipeline engine provides. */
  readonly provided?: ProvidedValues;
}

/**
 * Settles every flag of `table`: what the arguments say, else the environment, else the pipeline, else the
 * default. Lists are not merged: one `--build-arg` hides all of `SLIPWAY_BUILD_ARG`.
 *
 * @throws USAGE_INVALID_VALUE
 */
export function settleFlags<Table extends FlagTable>(
  table: Table,
  sources: FlagSources,
): FlagValues<Table> {
  const settled = Object.entries(table).map(([name, flag]) => {
    const source = sourceOf(name, flag, sources);
    return [name, typedValue(flag, source ?? { spelled: name, origin: "", texts: [] })];
  });
  return Object.fromEntries(settled) as FlagValues<Table>;
}

/** A flag that is not left to its default, and where its value is from. */
export interface Setting {
  readonly name: string;
  readonly texts: readonly string[];
  readonly origin: string;
}

/**
 * Lists the flags of `table` that arguments, environment or pipeline set, in the table's order.
 *
 * @throws USAGE_INVALID_VALUE
 */
export function listSettings(table: FlagTable, sources: FlagSources): readonly Setting[] {
  return Object.entries(table).flatMap(([name, flag]) => {
    const source = sourceOf(name, flag, sources);
    return source === undefined ? [] : [{ name, texts: source.texts, origin: source.origin }];
  });
}

/** Texts that a flag was given, what to call the place in a message, and when it is shown. */
interface Source {
  readonly spelled: string;
  readonly origin: string;
  readonly texts: readonly string[];
}

function sourceOf(name: string, flag: Flag, sources: FlagSources): Source | undefined {
  return (
    fromArguments(name, sources.given) ??
    fromEnvironment(name, flag, sources.environment) ??
    fromPipeline(name, sources.provided ?? {})
  );
}

function fromArguments(name: string, given: GivenValues): Source | undefined {
  const value = given[name];
  if (value === undefined) return undefined;
  const texts = (Array.isArray(value) ? value : [value]).map(String);
  return nonEmpty({ spelled: `--${name}`, origin: "flag" }, texts);
}

function fromEnvironment(name: string, flag: Flag, environment: Environment): Source | undefined {
  for (const variable of [variableOf(name), flag.kanikoVariable]) {
    const text = variable === undefined ? undefined : environment[variable];
    if (variable === undefined || text === undefined) continue;
    const texts = flag.kind === "list" ? parseListText(variable, text) : [text];
    const source = nonEmpty({ spelled: variable, origin: `$${variable}` }, texts);
    if (source !== undefined) return source;
  }
  return undefined;
}

function fromPipeline(name: string, provided: ProvidedValues): Source | undefined {
  const value = provided[name];
  return value === undefined ? undefined : { spelled: `--${name}`, ...value };
}

/** An empty value says nothing, so that an optional parameter of a pipeline may be empty. */
function nonEmpty(
  { spelled, origin }: Omit<Source, "texts">,
  texts: readonly string[],
): Source | undefined {
  const left = texts.filter((text) => text !== "");
  return left.length === 0 ? undefined : { spelled, origin, texts: left };
}

function typedValue(
  flag: Flag,
  { spelled, texts }: Source,
): boolean | string | readonly string[] | undefined {
  const last = texts.at(-1);
  if (flag.kind === "list") return texts;
  if (flag.kind === "switch") {
    return switchValue(spelled, last ?? flag.default ?? "false") === "true";
  }
  if (last === undefined) return flag.default;
  if (flag.choices !== undefined && !flag.choices.includes(last)) {
    throw new UsageError(
      "USAGE_INVALID_VALUE",
      `${spelled} does not take ${JSON.stringify(last)}`,
      { hint: `It takes one of: ${flag.choices.join(", ")}` },
    );
  }
  return last;
}
