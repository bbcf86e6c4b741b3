import { nearest } from "../errors/nearest.ts";
import { UsageError } from "../errors/usage-error.ts";
import type { FlagTable } from "./flags/flag.ts";
import {
  ignoredKanikoFlags,
  type KanikoFlag,
  unsupportedKanikoFlags,
} from "./flags/kaniko-flags.ts";

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
  readonly note?: string;
}

/**
 * Reads arguments by the grammar that kaniko has from Go's pflag: `--name value`, `--name=value`,
 * `-n value`, `-nvalue`, `-n=value`; whatever follows a flag that takes a value is its value, also
 * when it begins with a dash; a switch takes a value only after `=`. Empty arguments are skipped,
 * since Tekton makes them of empty parameters.
 *
 * @throws USAGE_UNKNOWN_FLAG, USAGE_UNSUPPORTED_FLAG, USAGE_INVALID_VALUE
 */
export function canonicalArguments(argv: readonly string[], table: FlagTable): CanonicalArguments {
  const known = knownFlags(table);
  const args: string[] = [];
  const notices = new Set<string>();
  for (let at = 0; at < argv.length; at += 1) {
    const argument = argv[at] ?? "";
    if (argument === "") continue;
    const { spelled, inline } = splitArgument(argument);
    const flag = known.get(spelled);
    if (flag === undefined) throw unknownFlag(spelled, known);
    let value = inline;
    if (flag.kind === "switch") value = switchValue(spelled, value ?? "true");
    else if (value === undefined) {
      at += 1;
      value = argv[at];
    }
    if (value === undefined) throw lacksValue(spelled);
    const notice = noticeOf(flag, spelled, value);
    if (notice !== undefined) notices.add(notice);
    if (flag.role === "ours") args.push(`--${flag.name}=${value}`);
  }
  return { args, notices: [...notices] };
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

function splitArgument(argument: string): { spelled: string; inline: string | undefined } {
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
  for (const [name, { kind, short, aliases = [] }] of Object.entries(table)) {
    const flag: KnownFlag = { name, kind, role: "ours" };
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

function lacksValue(spelled: string): UsageError {
  return new UsageError("USAGE_INVALID_VALUE", `${spelled} lacks its value`);
}
