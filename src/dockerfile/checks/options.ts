import { DockerfileError } from "../../errors/dockerfile-error.ts";
import { UsageError } from "../../errors/usage-error.ts";
import { detectCheck } from "../detect-syntax.ts";
import { parseBoolean } from "../parse-boolean.ts";
import { quote } from "../quote.ts";
import { syntaxError } from "../syntax-error.ts";
import { trimSpace } from "../white-space.ts";
import { checkRules, type RuleName } from "./rules.ts";

/** Names of rules, or all of them. Names that are not known mean nothing. */
type RuleSet = ReadonlySet<string> | "all";

/** Which rules are checked, and what is made of their warnings. */
export interface CheckOptions {
  /** Rules that are not checked. */
  readonly skip: RuleSet;
  /** Experimental rules that are checked all the same; `skip` says nothing of those. */
  readonly experimental: RuleSet;
  /** Whether a build with warnings fails. */
  readonly failsOnWarning: boolean;
}

/** Name of the build argument that replaces the options of a file. */
export const optionsArgument = "BUILDKIT_DOCKERFILE_CHECK";

const mostOptions = 3;
const defaults: CheckOptions = {
  skip: new Set(),
  experimental: new Set(),
  failsOnWarning: false,
};

/**
 * The options for a file: those of its `check` directive, unless `override` says something, the
 * value of the build argument that `optionsArgument` names.
 *
 * @throws DOCKERFILE_SYNTAX for a malformed directive, USAGE_INVALID_VALUE for a malformed override
 */
export function readCheckOptions(source: Uint8Array, override = ""): CheckOptions {
  const text = override === "" ? textOf(detectCheck(source)?.value ?? "") : override;
  try {
    return parseCheckOptions(text);
  } catch (error) {
    if (!(error instanceof DockerfileError)) throw error;
    if (override === "") throw syntaxError(`failed to parse check options: ${error.message}`);
    throw new UsageError(
      "USAGE_INVALID_VALUE",
      `failed to parse build-arg:${optionsArgument}: ${error.message}`,
      { cause: error },
    );
  }
}

/**
 * Reads `skip=RULE,...|all;experimental=RULE,...|all;error=BOOLEAN`, of which each may be absent. At
 * most three are told apart: what follows belongs to the third.
 *
 * @throws DOCKERFILE_SYNTAX
 */
function parseCheckOptions(text: string): CheckOptions {
  const trimmed = trimSpace(text);
  if (trimmed === "") return defaults;
  const parts = trimmed.split(";");
  const options = [
    ...parts.slice(0, mostOptions - 1),
    ...(parts.length < mostOptions ? [] : [parts.slice(mostOptions - 1).join(";")]),
  ];
  return options.reduce(withOption, defaults);
}

/**
 * The options for one instruction: those of the file, and what the first `check=` among the comments
 * above it adds. A malformed one adds nothing.
 */
export function withComments(options: CheckOptions, comments: readonly string[]): CheckOptions {
  const directives = comments.map((comment) => detectCheck(`# ${comment}`)?.value);
  const first = directives.find((value) => value !== undefined);
  if (first === undefined) return options;
  const own = parseLeniently(textOf(first));
  return {
    ...options,
    skip: union(options.skip, own.skip),
    experimental: union(options.experimental, own.experimental),
  };
}

/** The part of a directive's value that counts: what follows a blank may be an explanation. */
function textOf(value: string): string {
  return value.split(" ", 1)[0] ?? "";
}

/** Tells whether `rule` is to be checked. */
export function isChecked(rule: RuleName, { skip, experimental }: CheckOptions): boolean {
  if (checkRules[rule].experimental) return contains(experimental, rule);
  return !contains(skip, rule);
}

function withOption(options: CheckOptions, text: string): CheckOptions {
  const equals = text.indexOf("=");
  if (equals < 0) throw syntaxError(`invalid check option ${quote(text)}`);
  const name = trimSpace(text.slice(0, equals));
  const value = trimSpace(text.slice(equals + 1));
  switch (name) {
    case "skip":
    case "experimental":
      return { ...options, [name]: parseRules(value) };
    case "error": {
      const failsOnWarning = parseBoolean(value);
      if (failsOnWarning !== undefined) return { ...options, failsOnWarning };
      throw syntaxError(
        `failed to parse check option ${quote(text)}: strconv.ParseBool: parsing ${quote(value)}: invalid syntax`,
      );
    }
    default:
      throw syntaxError(`invalid check option ${quote(name)}`);
  }
}

function parseRules(value: string): RuleSet {
  return value === "all" ? "all" : new Set(value.split(",").map(trimSpace));
}

function parseLeniently(text: string): CheckOptions {
  try {
    return parseCheckOptions(text);
  } catch (error) {
    if (error instanceof DockerfileError) return defaults;
    throw error;
  }
}

function union(first: RuleSet, second: RuleSet): RuleSet {
  return first === "all" || second === "all" ? "all" : new Set([...first, ...second]);
}

function contains(rules: RuleSet, rule: RuleName): boolean {
  return rules === "all" || rules.has(rule);
}
