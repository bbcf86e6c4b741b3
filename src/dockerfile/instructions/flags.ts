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
  const single = new Map<string, boolean | string>();
  const lists = new Map<string, string[]>();
  for (const [name, kind] of Object.entries(kinds)) if (kind === "list") lists.set(name, []);
  for (const [name, text] of statement.flags.map(splitFlag)) {
    const kind = Object.hasOwn(kinds, name) ? kinds[name] : undefined;
    if (kind === undefined) {
      const suggestion = didYouMean(nearestOption(name, Object.keys(kinds)));
      throw syntaxError(`unknown flag: --${name}${suggestion}`);
    }
    if (single.has(name)) throw syntaxError(`duplicate flag specified: --${name}`);
    if (kind === "boolean") single.set(name, parseBoolean(name, text));
    else if (text === undefined) throw missingValue(name);
    else if (kind === "string") single.set(name, text);
    else lists.get(name)?.push(text);
  }
  const entries = Object.keys(kinds).map((name) => [name, lists.get(name) ?? single.get(name)]);
  return Object.fromEntries(entries) as Flags<Kinds>;
}

/** The names of the flags of a statement, each once, sorted. */
export function flagNames(statement: Statement): string[] {
  return [...new Set(statement.flags.map((word) => splitFlag(word)[0]))].toSorted();
}

/** The value of a flag; an empty one counts as not given. */
export function givenValue(value: string | undefined): string | undefined {
  return value === "" ? undefined : value;
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
