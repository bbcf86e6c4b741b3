import { BuilderError } from "../errors/builder-error.ts";
import { compareNames } from "./name.ts";
import type { TreeNode } from "./node.ts";
import { resolvePath } from "./resolve.ts";
import { type FileTree, joinPath, splitPath } from "./tree.ts";

/** The part of a COPY source before the first name with a wildcard, and the rest. */
export interface SplitPattern {
  /** Names without wildcards, escapes resolved. */
  readonly literal: string;
  /** Names from the first wildcard on, as `compileName` reads them; empty where there is none. */
  readonly wildcards: readonly string[];
}

const special = /[*?[\\]/;

/**
 * Splits a source pattern (relative to the root, `/` between names). A pattern without `*`, `?` and
 * `[` is all literal.
 */
export function splitPattern(pattern: string): SplitPattern {
  const names = splitPath(pattern).filter((name) => name !== "" && name !== ".");
  const first = names.findIndex(hasWildcard);
  const literal = (first < 0 ? names : names.slice(0, first)).map(unescapeName).join("/");
  return { literal, wildcards: first < 0 ? [] : names.slice(first) };
}

/** The pattern that names one path as it stands. */
export function literalPattern(path: string): SplitPattern {
  return { literal: path, wildcards: [] };
}

/**
 * The paths in `tree` that a pattern names, sorted by their bytes. Links in its literal part are
 * followed; links met by a wildcard are not entered. Without wildcards it is the one path, existing
 * or not.
 */
export function expandPattern(tree: FileTree, pattern: SplitPattern): string[] {
  if (pattern.wildcards.length === 0) return [pattern.literal];
  const start = resolvePath(tree, pattern.literal);
  const found: string[] = [];
  const collect = (
    node: TreeNode | undefined,
    path: string,
    [matcher, ...rest]: readonly RegExp[],
  ): void => {
    if (matcher === undefined) {
      found.push(path);
      return;
    }
    if (node?.type !== "directory") return;
    const names = [...node.children.keys()].filter((name) => matcher.test(name));
    for (const name of names.toSorted(compareNames)) {
      collect(node.children.get(name), joinPath(path, name), rest);
    }
  };
  collect(start.node, pattern.literal, pattern.wildcards.map(compileName));
  return found;
}

function hasWildcard(name: string): boolean {
  return /[*?[]/.test(name.replaceAll(/\\./gs, ""));
}

function unescapeName(name: string): string {
  return name.replaceAll(/\\(.)/gs, "$1");
}

/**
 * Compiles one name with wildcards of a pattern by the rules of Go's `filepath.Match`: `*`, `?`, classes with
 * ranges and `^`, and backslash escapes.
 *
 * @throws DOCKERFILE_INVALID when the pattern is malformed.
 */
export function compileName(pattern: string): RegExp {
  let source = "";
  const characters = Array.from(pattern);
  let at = 0;
  while (at < characters.length) {
    const character = characters[at] ?? "";
    if (character === "[") {
      const [piece, next] = compileClass(pattern, characters, at);
      source += piece;
      at = next;
      continue;
    }
    if (character === "*") source += ".*";
    else if (character === "?") source += ".";
    else if (character === "\\") source += RegExp.escape(characters[(at += 1)] ?? bad(pattern));
    else source += special.test(character) ? `\\${character}` : RegExp.escape(character);
    at += 1;
  }
  return new RegExp(`^${source}$`, "su");
}

function compileClass(
  pattern: string,
  characters: readonly string[],
  open: number,
): [string, number] {
  let at = open + 1;
  const negated = characters[at] === "^";
  if (negated) at += 1;
  const ranges: string[] = [];
  const take = (): string => {
    if (characters[at] === "\\") at += 1;
    const character = characters[at] ?? bad(pattern);
    at += 1;
    return RegExp.escape(character);
  };
  while (characters[at] !== "]" || ranges.length === 0) {
    if (characters[at] === "]" || characters[at] === "-") bad(pattern);
    const low = take();
    if (characters[at] !== "-") {
      ranges.push(low);
      continue;
    }
    at += 1;
    if (characters[at] === "]" || characters[at] === "-") bad(pattern);
    ranges.push(`${low}-${take()}`);
  }
  return [`[${negated ? "^" : ""}${ranges.join("")}]`, at + 1];
}

function bad(pattern: string): never {
  throw new BuilderError(
    "DOCKERFILE_INVALID",
    `syntax error in pattern ${JSON.stringify(pattern)}`,
  );
}
