const farthest = 2;

/**
 * Returns the option that `word` was probably meant to be: the first of those with the smallest
 * edit distance, if that is at most 2. Returns undefined when none is near, and when `word` is
 * one of the options.
 */
export function nearestOption(word: string, options: readonly string[]): string | undefined {
  let nearest: string | undefined;
  let smallest = farthest + 1;
  for (const option of options) {
    const distance = editDistance(word, option);
    if (distance === 0) return undefined;
    if (distance < smallest) {
      nearest = option;
      smallest = distance;
    }
  }
  return nearest;
}

/** The clause that names `suggestion` at the end of a message; empty when there is none. */
export function didYouMean(suggestion: string | undefined): string {
  return suggestion === undefined ? "" : ` (did you mean ${suggestion}?)`;
}

function editDistance(left: string, right: string): number {
  const from = Array.from(left);
  const to = Array.from(right);
  if (Math.abs(from.length - to.length) > farthest) return farthest + 1;
  let previous = Array.from({ length: to.length + 1 }, (_, index) => index);
  for (const [row, character] of from.entries()) {
    const current = [row + 1];
    for (const [column, other] of to.entries()) {
      const replaced = (previous[column] ?? 0) + (character === other ? 0 : 1);
      const inserted = (current[column] ?? 0) + 1;
      const removed = (previous[column + 1] ?? 0) + 1;
      current.push(Math.min(replaced, inserted, removed));
    }
    previous = current;
  }
  return previous[to.length] ?? 0;
}
