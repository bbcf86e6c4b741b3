import { quote } from "../quote.ts";
import { syntaxError } from "../syntax-error.ts";
import { trimSpace } from "../white-space.ts";
import { cleanPath } from "./clean-path.ts";
import { isWellFormed } from "./pattern-check.ts";
import { Automaton } from "./regexp-automaton.ts";
import { parseRegexp } from "./regexp-parser.ts";
import { compileRegexp } from "./regexp-program.ts";

type PathTest = (path: string) => boolean;

/** One pattern of an ignore list, compiled when it is first used. */
export class IgnorePattern {
  /** The pattern without `!`, as a clean path. */
  readonly text: string;
  /** Whether it takes back what other patterns ignore. */
  readonly isNegated: boolean;
  #test: PathTest | undefined;

  /** @throws DOCKERFILE_SYNTAX for a lone `!` and for malformed brackets and escapes */
  constructor(pattern: string) {
    this.isNegated = pattern.startsWith("!");
    this.text = this.isNegated ? pattern.slice(1) : pattern;
    if (this.text === "") throw syntaxError('illegal exclusion pattern: "!"');
    if (!isWellFormed(this.text)) throw malformed(this.text);
  }

  /**
   * Tells whether the pattern matches exactly this path.
   * @throws DOCKERFILE_SYNTAX if the pattern cannot be compiled
   */
  matches(path: string): boolean {
    this.#test ??= compile(this.text);
    return this.#test(path);
  }
}

/**
 * Reads an ignore list; blank patterns do not count.
 * @throws DOCKERFILE_SYNTAX for a malformed pattern
 */
export function parsePatterns(patterns: readonly string[]): IgnorePattern[] {
  return patterns
    .map(trimSpace)
    .filter((pattern) => pattern !== "")
    .map((pattern) => new IgnorePattern(cleanPath(pattern)));
}

function malformed(pattern: string): Error {
  return syntaxError(`syntax error in pattern ${quote(pattern)}`);
}

function compile(pattern: string): PathTest {
  const { expression, kind } = translate(pattern);
  if (kind === "exact") return (path) => path === pattern;
  if (kind === "prefix") return prefixTest(pattern.slice(0, -"**".length));
  if (kind === "suffix") return suffixTest(pattern.slice("**".length));
  const node = parseRegexp(expression);
  const program = node === undefined ? undefined : compileRegexp(node);
  if (program === undefined) throw malformed(pattern);
  const automaton = new Automaton(program);
  return (path) => automaton.matches(path);
}

function prefixTest(prefix: string): PathTest {
  return (path) => path.startsWith(prefix);
}

/** `**` and a slash match at the top as well. */
function suffixTest(suffix: string): PathTest {
  const whole = suffix.startsWith("/") ? suffix.slice(1) : undefined;
  return (path) => path.endsWith(suffix) || path === whole;
}

interface Translation {
  readonly expression: string;
  readonly kind: "exact" | "expression" | "prefix" | "suffix";
}

const tokenShape = /\*\*\/?|\\?[\s\S]/gu;
const escaped = ".+()$";
const special = new Set(["*", "?", "[", "]"]);

/**
 * Turns a pattern into a regular expression in Go's syntax, and tells whether it is so simple that
 * none is needed. As in the reference, `|`, `{`, `}`, `^` and escapes keep their meaning there.
 */
function translate(pattern: string): Translation {
  const tokens =
    (pattern.startsWith("\uFEFF") ? pattern.slice(1) : pattern).match(tokenShape) ?? [];
  let expression = "^";
  let kind: Translation["kind"] = "exact";
  for (const [index, token] of tokens.entries()) {
    const isLast = index === tokens.length - 1;
    expression += translateToken(token, isLast);
    if (token.startsWith("**")) kind = kindAfterStars(kind, index === 0, isLast);
    else if (needsExpression(token)) kind = "expression";
  }
  return { expression: `${expression}$`, kind };
}

function needsExpression(token: string): boolean {
  return special.has(token) || (token.length > 1 && token.startsWith("\\"));
}

function translateToken(token: string, isLast: boolean): string {
  if (token.startsWith("**")) return isLast ? ".*" : "(.*/)?";
  if (token === "*") return "[^/]*";
  if (token === "?") return "[^/]";
  return escaped.includes(token) ? `\\${token}` : token;
}

/** Two stars at one end of otherwise plain text need no expression. */
function kindAfterStars(
  kind: Translation["kind"],
  isFirst: boolean,
  isLast: boolean,
): Translation["kind"] {
  if (isFirst) return "suffix";
  return isLast && kind === "exact" ? "prefix" : "expression";
}
