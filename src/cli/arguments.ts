import { nearest } from "../errors/nearest.ts";
import { UsageError } from "../errors/usage-error.ts";
import type { Flag, FlagTable } from "./flags/flag.ts";
import {
  ignoredKanikoFlags,
  type KanikoFlag,
  unsupportedKanikoFlags,
} from "./flags/kaniko-flags.ts";
import { parseListText } from "./list-text.ts";

/** Arguments in the one form that leaves nothing to interpretation: `--name=value` each. */
export interface CanonicalArguments {
  readonly args: readonly string[];
  /** What the user should be told about flags that were taken, one sentence each. */
  readonly notices: readonly string[];
}

interface KnownFlag {
  readonly name: string;
  readonly kind: "switch" | "text" | "list";
  readonly role: "ours" | "ignored" | "unsupported";
  /** What the flag alone means, where it need not have a value. */
  readonly bare?: string | undefined;
  readonly note?: string;
}

/**
 * Reads arguments by the grammar that kaniko has from Go's pflag: `--name value`, `--name=value`,
 * `-n value`, `-nvalue`, `-n=value`; whatever follows a flag that takes a value is its value, also
 * when it begins with a dash; a switch takes a value only after `=`. Empty arguments are skipped,
 * since Tekton makes them of empty parameters. Arguments that belong to no flag go to the positional flags
 * of the table, in its order.
 *
 * Lists of a pipeline are spliced in: `--name[]` has all arguments up to `--` as values of its flag, and
 * `--name[]=TEXT` what `parseListText` reads; `--args[]` has whole arguments.
 *
 * @throws USAGE_UNKNOWN_FLAG, USAGE_UNSUPPORTED_FLAG, USAGE_INVALID_VALUE
 */
export function canonicalArguments(argv: readonly string[], table: FlagTable): CanonicalArguments {
  const args: string[] = [];
  const notices = new Set<string>();
  for (const { flag, spelled, value } of readFlags(argv, table)) {
    const notice = noticeOf(flag, spelled, value);
    if (notice !== undefined) notices.add(notice);
    if (flag.role === "ours") args.push(`--${flag.name}=${value}`);
  }
  return { args, notices: [...notices] };
}

interface GivenFlag {
  readonly flag: KnownFlag;
  readonly spelled: string;
  readonly value: string;
}

function* readFlags(argv: readonly string[], table: FlagTable): Generator<GivenFlag> {
  const known = knownFlags(table);
  const positionals = Object.entries(table).filter(([, { positional }]) => positional === true);
  const left = [...argv];
  for (let argument = left.shift(); argument !== undefined; argument = left.shift()) {
    if (argument === "") continue;
    const { spelled, inline } = splitArgument(withFlag(argument, positionals));
    if (spelled.endsWith("[]")) {
      const elements = inline === undefined ? takeList(left) : parseListText(spelled, inline);
      left.unshift(...spliced(spelled, elements, known));
      continue;
    }
    const flag = known.get(spelled);
    if (flag === undefined) throw unknownFlag(spelled, known);
    // An empty parameter of a pipeline says nothing, also to a switch.
    if (inline === "" && (flag.kind === "switch" || flag.role !== "ours")) continue;
    yield { flag, spelled, value: valueOf(flag, { spelled, inline }, left) };
  }
}

function valueOf(
  { kind, bare }: KnownFlag,
  { spelled, inline }: SplitArgument,
  left: string[],
): string {
  if (kind === "switch") return switchValue(spelled, inline ?? "true");
  return inline ?? bare ?? takeValue(left, spelled);
}

/** An argument with the flag that it belongs to, where it has none; a list takes those that follow too. */
function withFlag(argument: string, positionals: [name: string, flag: Flag][]): string {
  const [first] = positionals;
  if (first === undefined || argument.startsWith("-")) return argument;
  const [name, flag] = first;
  if (flag.kind !== "list") positionals.shift();
  return `--${name}=${argument}`;
}

function takeValue(left: string[], spelled: string): string {
  const value = left.shift();
  if (value !== undefined) return value;
  throw new UsageError("USAGE_INVALID_VALUE", `${spelled} lacks its value`);
}

/** Takes the elements of a list off the front of `left`, and the `--` that may end it. */
function takeList(left: string[]): readonly string[] {
  const end = left.indexOf("--");
  return end < 0 ? left.splice(0) : left.splice(0, end + 1).slice(0, -1);
}

/** The arguments that elements of a list stand for. */
function spliced(
  marker: string,
  elements: readonly string[],
  known: ReadonlyMap<string, KnownFlag>,
): readonly string[] {
  const present = elements.filter((element) => element !== "");
  const spelled = marker.slice(0, -"[]".length);
  if (spelled === "--args") return present;
  const flag = known.get(spelled);
  if (flag === undefined) throw unknownFlag(spelled, known);
  if (flag.kind === "list") return present.map((element) => `${spelled}=${element}`);
  throw new UsageError("USAGE_INVALID_VALUE", `${marker}: ${spelled} takes no list`, {
    hint: `Write ${spelled}=VALUE`,
  });
}

/**
 * Returns `true` or `false` for the texts that pflag takes as such.
 *
 * @throws USAGE_INVALID_VALUE
 */
export function switchValue(spelled: string, text: string): "true" | "false" {
  if (/^(1|t|true)$/i.test(text)) return "true";
  if (/^(0|f|false)$/i.test(text)) return "false";
  throw new UsageError(
    "USAGE_INVALID_VALUE",
    `${spelled} takes true or false, not ${JSON.stringify(text)}`,
  );
}

interface SplitArgument {
  readonly spelled: string;
  /** What stands behind `=`. */
  readonly inline: string | undefined;
}

function splitArgument(argument: string): SplitArgument {
  if (!argument.startsWith("-") || argument === "-" || argument === "--") {
    throw new UsageError("USAGE_INVALID_VALUE", `the argument ${argument} belongs to no flag`, {
      hint: "Values come after their flag; the build context is named with --context",
    });
  }
  if (!argument.startsWith("--")) {
    const rest = argument.slice(2);
    const inline = rest.startsWith("=") ? rest.slice(1) : rest;
    return { spelled: argument.slice(0, 2), inline: rest === "" ? undefined : inline };
  }
  const equals = argument.indexOf("=");
  return equals < 0
    ? { spelled: argument, inline: undefined }
    : { spelled: argument.slice(0, equals), inline: argument.slice(equals + 1) };
}

/** All flags by how they are spelled, dashes included. */
function knownFlags(table: FlagTable): ReadonlyMap<string, KnownFlag> {
  const known = new Map<string, KnownFlag>();
  const addKaniko = (
    flags: Readonly<Record<string, KanikoFlag>>,
    role: "ignored" | "unsupported",
  ) => {
    for (const [name, { kind, note }] of Object.entries(flags)) {
      known.set(`--${name}`, { name, kind, role, note });
    }
  };
  addKaniko(ignoredKanikoFlags, "ignored");
  addKaniko(unsupportedKanikoFlags, "unsupported");
  for (const [name, described] of Object.entries(table)) {
    const { kind, short, aliases = [] } = described;
    const bare = kind === "text" ? described.bare : undefined;
    const flag: KnownFlag = { name, kind, bare, role: "ours" };
    known.set(`--${name}`, flag);
    if (short !== undefined) known.set(`-${short}`, flag);
    for (const alias of aliases) known.set(`--${alias}`, { ...flag, note: `write --${name}` });
  }
  return known;
}

function noticeOf(flag: KnownFlag, spelled: string, value: string): string | undefined {
  if (flag.role === "ignored") return `${spelled} is ignored: ${flag.note}`;
  if (flag.role === "ours") {
    return flag.note === undefined ? undefined : `${spelled} is an old spelling: ${flag.note}`;
  }
  // Saying no to what slipway lacks is no reason to refuse the build.
  if (flag.kind === "switch" && value === "false") return undefined;
  throw new UsageError("USAGE_UNSUPPORTED_FLAG", `${spelled} is not supported yet: ${flag.note}`);
}

function unknownFlag(spelled: string, known: ReadonlyMap<string, KnownFlag>): UsageError {
  const likely = nearest(spelled, known.keys());
  const hint = likely === undefined ? {} : { hint: `Did you mean ${likely}?` };
  return new UsageError("USAGE_UNKNOWN_FLAG", `the flag ${spelled} is not known`, hint);
}
