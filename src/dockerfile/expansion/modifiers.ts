import { DockerfileError } from "../../errors/dockerfile-error.ts";
import { syntaxError } from "../syntax-error.ts";
import { trimMatch } from "./substitution.ts";

/** A reference such as `${name:-operand}`, taken apart. */
export interface Modification {
  readonly name: string;
  /** `-`, `+` or `?`, each also behind a colon, `#` or `%`. */
  readonly modifier: string;
  /** Expanded; a second `#` or `%` still stands before it. */
  readonly operand: string;
}

type Applier = (modification: Modification, value: string | undefined) => string;

const appliers: Readonly<Record<string, Applier>> = {
  "-": ({ operand }, value) => value ?? operand,
  "+": ({ operand }, value) => (value === undefined ? "" : operand),
  "?": (modification, value) => value ?? fail(modification, "unset"),
  ":-": ({ operand }, value) => (isNull(value) ? operand : value),
  ":+": ({ operand }, value) => (isNull(value) ? "" : operand),
  ":?": (modification, value) =>
    isNull(value) ? fail(modification, value === undefined ? "unset" : "empty") : value,
  "#": ({ operand }, value) => trim(value, operand, "#"),
  "%": ({ operand }, value) => trim(value, operand, "%"),
};

/** Tells whether there is such a modifier. */
export function isModifier(modifier: string): boolean {
  return Object.hasOwn(appliers, modifier);
}

/**
 * What a modified reference stands for, `value` being the variable's, or undefined.
 * @throws DOCKERFILE_SYNTAX for an unknown modifier or a malformed pattern
 * @throws DOCKERFILE_INVALID where `?` is not content
 */
export function applyModifier(modification: Modification, value: string | undefined): string {
  const { modifier } = modification;
  const apply = isModifier(modifier) ? appliers[modifier] : undefined;
  if (apply === undefined) throw unsupported(modifier);
  return apply(modification, value);
}

/** The error for a modifier that does not exist. */
export function unsupported(modifier: string): DockerfileError {
  return syntaxError(`unsupported modifier (${modifier}) in substitution`);
}

function isNull(value: string | undefined): value is "" | undefined {
  return value === undefined || value === "";
}

function trim(value: string | undefined, operand: string, sign: "#" | "%"): string {
  const longest = operand.startsWith(sign);
  const side = sign === "#" ? "prefix" : "suffix";
  return trimMatch(value ?? "", longest ? operand.slice(1) : operand, { side, longest });
}

function fail({ name, operand }: Modification, state: "empty" | "unset"): never {
  const reason = operand === "" ? `is not allowed to be ${state}` : operand;
  throw new DockerfileError("DOCKERFILE_INVALID", `${name}: ${reason}`);
}
