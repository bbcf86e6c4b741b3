import { cleanPath } from "./clean-path.ts";
import { type IgnorePattern, parsePatterns } from "./pattern.ts";

/** Decides by a list of patterns which paths are ignored; the last pattern that matches wins. */
export interface IgnoreMatcher {
  /** What a walk from the top begins with: the root of the tree. */
  readonly root: IgnoreState;
  /**
   * Tells whether a path, relative to the root, is ignored: by a pattern for itself or for a
   * directory above it. It is taken as written.
   * @throws DOCKERFILE_SYNTAX if a pattern cannot be compiled
   */
  matches(path: string): boolean;
}

/** What is known of one path during a walk from the top. */
export interface IgnoreState {
  readonly isIgnored: boolean;
  /** Whether something below it may be kept; where not, a walk can leave it out. */
  readonly mayHoldKept: boolean;
  /**
   * The state of the entry `name` in this directory.
   * @throws DOCKERFILE_SYNTAX if a pattern cannot be compiled
   */
  enter(name: string): IgnoreState;
}

/**
 * Makes a matcher of the patterns of an ignore file, or of `--exclude`.
 * @throws DOCKERFILE_SYNTAX for a malformed pattern
 */
export function createIgnoreMatcher(patterns: readonly string[]): IgnoreMatcher {
  const list = new PatternList(parsePatterns(patterns));
  return { root: new WalkState(list, "", []), matches: (path) => list.matches(path) };
}

class PatternList {
  readonly patterns: readonly IgnorePattern[];
  /** Names of the paths that exceptions match; undefined where they may match any. */
  readonly #exceptions: readonly (readonly string[] | undefined)[];

  constructor(patterns: readonly IgnorePattern[]) {
    this.patterns = patterns;
    this.#exceptions = patterns
      .filter(({ isNegated }) => isNegated)
      .map(({ text }) => namesOf(text));
  }

  matches(path: string): boolean {
    const above = pathsAbove(path);
    let isIgnored = false;
    for (const pattern of this.patterns) {
      if (pattern.isNegated !== isIgnored) continue;
      const isMatch = pattern.matches(path) || above.some((parent) => pattern.matches(parent));
      if (isMatch) isIgnored = !pattern.isNegated;
    }
    return isIgnored;
  }

  /** Whether an exception can match below an ignored directory. */
  mayExcept(directory: string): boolean {
    const above = directory === "" ? [] : directory.split("/");
    return this.#exceptions.some((names) => names === undefined || mayLeadThrough(names, above));
  }
}

const wildcards = /[*[\]?^\\]/;
/** What else is in a pattern with wildcards may be an operator: see `IgnorePattern`. */
const simplePattern = /^[\p{L}\p{N} _.,=@~/*?-]*$/u;

function namesOf(pattern: string): readonly string[] | undefined {
  const isKnown = !wildcards.test(pattern) || simplePattern.test(pattern);
  return isKnown ? pattern.split("/") : undefined;
}

/** Whether a path of these names, or one that they match, may lie below a directory. */
function mayLeadThrough(names: readonly string[], directory: readonly string[]): boolean {
  for (const [at, name] of directory.entries()) {
    const wanted = names[at];
    if (wanted?.includes("**") === true) return true;
    if (wanted === undefined || !(wildcards.test(wanted) || wanted === name)) return false;
  }
  return names.length > directory.length;
}

class WalkState implements IgnoreState {
  readonly isIgnored: boolean;
  readonly #list: PatternList;
  readonly #path: string;
  /** Which patterns match this path or one above it. */
  readonly #matched: readonly boolean[];

  constructor(list: PatternList, path: string, matchedAbove: readonly boolean[]) {
    this.#list = list;
    this.#path = path;
    let isIgnored = false;
    this.#matched = (path === "" ? [] : list.patterns).map((pattern, index) => {
      const isMatch =
        matchedAbove[index] === true || (pattern.isNegated === isIgnored && pattern.matches(path));
      if (isMatch) isIgnored = !pattern.isNegated;
      return isMatch;
    });
    this.isIgnored = isIgnored;
  }

  get mayHoldKept(): boolean {
    return !this.isIgnored || this.#list.mayExcept(this.#path);
  }

  enter(name: string): IgnoreState {
    const path = this.#path === "" ? name : `${this.#path}/${name}`;
    return new WalkState(this.#list, path, this.#matched);
  }
}

function pathsAbove(path: string): string[] {
  const directory = cleanPath(path.slice(0, path.lastIndexOf("/") + 1));
  if (directory === ".") return [];
  const names = directory.split("/");
  return names.map((_, index) => names.slice(0, index + 1).join("/"));
}
