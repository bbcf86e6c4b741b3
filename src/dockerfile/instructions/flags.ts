import type { Statement } from "../grammar/statement.ts";
import { didYouMean, nearestOption } from "../suggestion.ts";
import { syntaxError } from "../syntax-error.ts";

/** What a flag takes: nothing or a truth value, one value, or a value each time it is given. */
export type FlagKind = "boolean" | "string" | "list";

type FlagValue<Kind extends FlagKind> = Kind extends "list"
  ? readonly string[]
  : (Kind extends "boolean" ? boolean : string) | undefined;

/** The flags of an instruction; undefined where not given. */
export type Flags<Kinds extends Readonly<Record<string, FlagKind>>> = {
  readonly [Name in keyof Kinds]: FlagValue<Kinds[Name]>;
};

/**
 * Reads the flags of a statement; `kinds` names those that its instruction has.
 * @throws DOCKERFILE_SYNTAX for one that is unknown, given twice, or has no or a wrong value
 */
export function readFlags<const Kinds extends Readonly<Record<string, FlagKind>>>(
  statement: Statement,
  kinds: Kinds,
): Flags<Kinds> {
  const values = new Map<string, boolean | string | string[]>();
  for (const word of statement.flags) {
    const [name, text] = splitFlag(word);
    const kind = Object.hasOwn(kinds, name) ? kinds[name] : undefined;
    if (kind === undefined) {
      const suggestion = didYouMean(nearestOption(name, Object.keys(kinds)));
      throw syntaxError(`unknown flag: --${name}${suggestion}`);
    }
    const before = values.get(name);
    if (before !== undefined && !Array.isArray(before)) {
      throw syntaxError(`duplicate flag specified: --${name}`);
    }
    if (kind === "boolean") values.set(name, parseBoolean(name, text));
    else if (text === undefined) throw missingValue(name);
    else values.set(name, kind === "list" ? [...(before ?? []), text] : text);
  }
  const entries = Object.entries(kinds).map(([name, kind]) => [
    name,
    values.get(name) ?? (kind === "list" ? [] : undefined),
  ]);
  return Object.fromEntries(entries) as Flags<Kinds>;
}

/** The names of the flags of a statement, each once, sorted. */
export function flagNames(statement: Statement): string[] {
  return [...new Set(statement.flags.map((word) => splitFlag(word)[0]))].toSorted();
}

function splitFlag(word: string): [string, string | undefined] {
  const equals = word.indexOf("=");
  return equals < 0 ? [word.slice(2), undefined] : [word.slice(2, equals), word.slice(equals + 1)];
}

function parseBoolean(name: string, text: string | undefined): boolean {
  if (text === undefined) return true;
  if (text === "") throw missingValue(name);
  const lower = text.toLowerCase();
  if (lower === "true" || lower === "false") return lower === "true";
  throw syntaxError(`expecting boolean value for flag --${name}, not: ${text}`);
}

function missingValue(name: string): Error {
  return syntaxError(`missing a value on flag: --${name}`);
}

/** The value of a flag; an empty one counts as not given. */
export function givenValue(value: string | undefined): string | undefined {
  return value === "" ? undefined : value;
}
