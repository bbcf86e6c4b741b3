import { UsageError } from "../errors/usage-error.ts";
import { switchValue } from "./arguments.ts";
import { type Flag, type FlagTable, type FlagValues, variableOf } from "./flags/flag.ts";
import type { Environment } from "./host.ts";

/** Values as they were written, by the flag's name: what the parser makes of the arguments. */
export type GivenValues = Readonly<Record<string, unknown>>;

/**
 * Settles every flag of `table`: what the arguments say, else the environment, else the default.
 * Lists are not merged: one `--build-arg` hides all of `SLIPWAY_BUILD_ARG`.
 *
 * @throws USAGE_INVALID_VALUE
 */
export function settleFlags<Table extends FlagTable>(
  table: Table,
  given: GivenValues,
  environment: Environment,
): FlagValues<Table> {
  const settled = Object.entries(table).map(([name, flag]) => {
    const source = fromArguments(name, given) ?? fromEnvironment(name, flag, environment);
    return [name, typedValue(flag, source ?? { spelled: name, texts: [] })];
  });
  return Object.fromEntries(settled) as FlagValues<Table>;
}

/** Texts that a flag was given, and what to call the place in a message. */
interface Source {
  readonly spelled: string;
  readonly texts: readonly string[];
}

function fromArguments(name: string, given: GivenValues): Source | undefined {
  const value = given[name];
  if (value === undefined) return undefined;
  return nonEmpty(`--${name}`, (Array.isArray(value) ? value : [value]).map(String));
}

function fromEnvironment(name: string, flag: Flag, environment: Environment): Source | undefined {
  for (const variable of [variableOf(name), flag.kanikoVariable]) {
    const text = variable === undefined ? undefined : environment[variable];
    if (variable === undefined || text === undefined) continue;
    const texts = flag.kind === "list" ? listFrom(variable, text) : [text];
    const source = nonEmpty(variable, texts);
    if (source !== undefined) return source;
  }
  return undefined;
}

/** An empty value says nothing, so that an optional parameter of a pipeline may be empty. */
function nonEmpty(spelled: string, texts: readonly string[]): Source | undefined {
  const left = texts.filter((text) => text !== "");
  return left.length === 0 ? undefined : { spelled, texts: left };
}

/** A list in one text: a JSON array of texts where it begins with `[`, else one element a line. */
function listFrom(variable: string, text: string): readonly string[] {
  if (!text.trimStart().startsWith("[")) return text.split(/\r?\n/);
  const invalid = (cause?: unknown): UsageError =>
    new UsageError(
      "USAGE_INVALID_VALUE",
      `${variable} begins with [ but is no JSON list of texts`,
      {
        hint: "Write one element a line, or a JSON array",
        ...(cause === undefined ? {} : { cause }),
      },
    );
  let list: unknown;
  try {
    list = JSON.parse(text);
  } catch (error) {
    throw invalid(error);
  }
  if (!Array.isArray(list) || !list.every((item) => typeof item === "string")) throw invalid();
  return list;
}

function typedValue(
  flag: Flag,
  { spelled, texts }: Source,
): boolean | string | readonly string[] | undefined {
  const last = texts.at(-1);
  if (flag.kind === "list") return texts;
  if (flag.kind === "switch") {
    return last !== undefined && switchValue(spelled, last) === "true";
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
