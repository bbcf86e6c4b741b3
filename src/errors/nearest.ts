/**
 * The candidate that is most like `word`, at most `limit` edits away without regard to case;
 * undefined where none is near enough.
 */
export function nearest(word: string, candidates: Iterable<string>, limit = 3): string | undefined {
  const lower = word.toLowerCase();
  return closest(candidates, limit, (candidate) => {
    const distance = editDistance(lower, candidate.toLowerCase());
    return distance < candidate.length ? distance : Number.POSITIVE_INFINITY;
  });
}

/** The first of the candidates with the least distance, if that is at most `limit`. */
export function closest(
  candidates: Iterable<string>,
  limit: number,
  distanceTo: (candidate: string) => number,
): string | undefined {
  let best: string | undefined;
  let bestDistance = limit + 1;
  for (const candidate of candidates) {
    const distance = distanceTo(candidate);
    if (distance < bestDistance) {
      best = candidate;
      bestDistance = distance;
    }
  }
  return best;
}

/** Levenshtein's distance: the least number of characters to insert, remove or replace. */
export function editDistance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, column) => column);
  for (let i = 1; i <= a.length; i += 1) {
    const next = [i];
    for (let j = 1; j <= b.length; j += 1) {
      const replaced = (row[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1);
      next.push(Math.min(replaced, (row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1));
    }
    row = next;
  }
  return row[b.length] ?? 0;
}
