import { createIgnoreMatcher, type IgnoreState } from "../../dockerfile/ignore/matcher.ts";
import type { Selection } from "../../filetree/copy.ts";
import { splitPattern } from "../../filetree/glob.ts";
import { splitPath } from "../../filetree/tree.ts";

/**
 * All but what the patterns of `--exclude` match, which are those of an ignore file, relative to
 * the directory that is copied.
 *
 * @throws DOCKERFILE_SYNTAX when one is malformed.
 */
export function allBut(patterns: readonly string[]): Selection {
  return unlessIgnored(createIgnoreMatcher(patterns).root);
}

/**
 * What the pattern of a `--parents` source matches, with all that is below that; `**` stands for
 * any number of names.
 *
 * @throws DOCKERFILE_SYNTAX when it is malformed.
 */
export function onlyMatching(pattern: string): Selection {
  const literal = splitPath(splitPattern(pattern).literal);
  return ifMatched(createIgnoreMatcher([pattern]).root, literal);
}

/** What is in both. */
export function both(one: Selection, other: Selection): Selection {
  return {
    isSelected: one.isSelected && other.isSelected,
    mayHoldSelected: one.mayHoldSelected && other.mayHoldSelected,
    enter: (name) => both(one.enter(name), other.enter(name)),
  };
}

function unlessIgnored(state: IgnoreState): Selection {
  return {
    isSelected: !state.isIgnored,
    mayHoldSelected: state.mayHoldKept,
    enter: (name) => unlessIgnored(state.enter(name)),
  };
}

/** `literal` are the names without wildcards that the pattern still begins with, here. */
function ifMatched(state: IgnoreState, [next, ...literal]: readonly string[]): Selection {
  return {
    isSelected: state.isIgnored,
    mayHoldSelected: true,
    enter: (name) =>
      next === undefined || next === name ? ifMatched(state.enter(name), literal) : nothing,
  };
}

const nothing: Selection = { isSelected: false, mayHoldSelected: false, enter: () => nothing };
