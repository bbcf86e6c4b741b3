import { syntaxError } from "../syntax-error.ts";

/** One element of a shell pattern: a literal character, any character, or any run of them. */
export type GlobElement =
  | { readonly kind: "literal"; readonly character: string }
  | { readonly kind: "any" }
  | { readonly kind: "run" };

/** A range of characters, end exclusive. */
export interface Range {
  readonly start: number;
  readonly end: number;
}

/** How `findGlob` is to search. */
export interface GlobSearch {
  /** The index to begin at. */
  readonly from: number;
  /** Whether the match must begin there, not after it. */
  readonly anchored: boolean;
  /** Whether the shortest match is wanted instead of the longest. */
  readonly shortest: boolean;
}

/**
 * Reads the pattern of `${name#pattern}` and its like: `*`, `?`, and the escapes `\*`, `\?`, `\\`,
 * `\}` and `\/`. There are no bracket expressions.
 * @throws DOCKERFILE_SYNTAX for any other escape
 */
export function parseGlob(pattern: string): GlobElement[] {
  const elements: GlobElement[] = [];
  const characters = Array.from(pattern);
  for (let index = 0; index < characters.length; index++) {
    const character = characters[index] ?? "";
    if (character === "*") elements.push({ kind: "run" });
    else if (character === "?") elements.push({ kind: "any" });
    else if (character !== "\\") elements.push({ kind: "literal", character });
    else {
      const escaped = characters[++index] ?? "\uFFFD";
      if (!"*?\\}/".includes(escaped)) {
        throw syntaxError(
          `invalid pattern (${pattern}) in substitution: invalid escape '\\${escaped}'`,
        );
      }
      elements.push({ kind: "literal", character: escaped });
    }
  }
  return elements;
}

/** A way through the pattern that is still open: where it began, and the next element. */
interface Thread {
  readonly start: number;
  readonly next: number;
}

/**
 * Finds the leftmost place in `text` that `pattern` matches; `*` and `?` do not match a newline.
 * All ways through the pattern are followed at once, so the time is at most proportional to the
 * product of both lengths, whatever the pattern.
 */
export function findGlob(
  pattern: readonly GlobElement[],
  text: readonly string[],
  search: GlobSearch,
): Range | undefined {
  let found: Range | undefined;
  let threads: readonly Thread[] = [{ start: search.from, next: 0 }];
  for (let index = search.from; index <= text.length && threads.length > 0; index++) {
    const open = enter(pattern, threads);
    found = laterMatch(open, pattern.length, index) ?? found;
    if (found !== undefined && search.shortest) return found;
    const latest = found?.start ?? index;
    const after = step(pattern, open, text[index]).filter((thread) => thread.start <= latest);
    const mayBegin = found === undefined && !search.anchored;
    threads = mayBegin ? [...after, { start: index + 1, next: 0 }] : after;
  }
  return found;
}

/** The match that ends here, if one does; no thread began later than the match found so far. */
function laterMatch(threads: readonly Thread[], length: number, index: number): Range | undefined {
  const done = threads.find((thread) => thread.next === length);
  return done === undefined ? undefined : { start: done.start, end: index };
}

/** Adds the threads that skip a run, and keeps of those at one element the one that began first. */
function enter(pattern: readonly GlobElement[], threads: readonly Thread[]): Thread[] {
  const entered: Thread[] = [];
  const seen = new Set<number>();
  for (const { start, next } of threads) {
    for (let element = next; !seen.has(element); element++) {
      seen.add(element);
      entered.push({ start, next: element });
      if (pattern[element]?.kind !== "run") break;
    }
  }
  return entered;
}

function step(
  pattern: readonly GlobElement[],
  threads: readonly Thread[],
  character: string | undefined,
): Thread[] {
  const after: Thread[] = [];
  for (const thread of threads) {
    const element = pattern[thread.next];
    if (element === undefined || character === undefined) continue;
    if (element.kind === "literal" ? element.character !== character : character === "\n") continue;
    after.push(element.kind === "run" ? thread : { start: thread.start, next: thread.next + 1 });
  }
  return after;
}
