import { closest, editDistance } from "../errors/nearest.ts";

const farthest = 2;

/**
 * Returns the option that `word` was probably meant to be, as the reference has it: the first of
 * those with the smallest edit distance, if that is at most 2, letter case counted. Returns
 * undefined when none is near, and when `word` is one of the options.
 */
export function nearestOption(word: string, options: readonly string[]): string | undefined {
  if (options.includes(word)) return undefined;
  return closest(options, farthest, (option) =>
    // Long words are not worth the time that their distance would take.
    Math.abs(option.length - word.length) > farthest
      ? Number.POSITIVE_INFINITY
      : editDistance(word, option),
  );
}

/** The clause that names `suggestion` at the end of a message; empty when there is none. */
export function didYouMean(suggestion: string | undefined): string {
  return suggestion === undefined ? "" : ` (did you mean ${suggestion}?)`;
}
