/** The part of a pattern between two runs of `*`. */
interface Chunk {
  readonly afterStars: boolean;
  readonly text: string;
}

type Element = (character: string) => boolean;

const elementShape =
  /\[(\^|(?!\^))((?:(?:[^\\\]-]|\\.)(?:-(?:[^\\\]-]|\\.))?)+)\]|\\(.)|([^\\[])/suy;
const rangeShape = /(?:\\(.)|(.))(?:-(?:\\(.)|(.)))?/gsu;

/**
 * Tells whether a pattern is well formed, as far as it is read when the path `.` is tried with it:
 * that is how the reference checks patterns, so what stands behind a `*` is often not looked at.
 */
export function isWellFormed(pattern: string): boolean {
  const chunks = splitChunks(pattern);
  let path = ".";
  for (const [index, chunk] of chunks.entries()) {
    if (chunk.text === "") return true;
    const elements = parseElements(chunk.text);
    if (elements === undefined) return false;
    const rest = matchStart(elements, path, {
      skips: chunk.afterStars,
      toEnd: index === chunks.length - 1,
    });
    if (rest === undefined) return true;
    path = rest;
  }
  return true;
}

function splitChunks(pattern: string): Chunk[] {
  const chunks: Chunk[] = [];
  for (let position = 0; position < pattern.length; ) {
    const start = position;
    while (pattern[position] === "*") position++;
    const end = findChunkEnd(pattern, position);
    chunks.push({ afterStars: position > start, text: pattern.slice(position, end) });
    position = end;
  }
  return chunks;
}

/** The index of the next `*` that does not stand in brackets. */
function findChunkEnd(pattern: string, start: number): number {
  let inBrackets = false;
  for (let position = start; position < pattern.length; position++) {
    const character = pattern[position];
    if (character === "*" && !inBrackets) return position;
    if (character === "[") inBrackets = true;
    else if (character === "]") inBrackets = false;
    else if (character === "\\") position++;
  }
  return pattern.length;
}

function parseElements(chunk: string): Element[] | undefined {
  const elements: Element[] = [];
  elementShape.lastIndex = 0;
  while (elementShape.lastIndex < chunk.length) {
    const match = elementShape.exec(chunk);
    if (match === null) return undefined;
    const [, negation, ranges, escaped, plain] = match;
    if (ranges !== undefined) elements.push(bracketElement(ranges, negation === "^"));
    else if (plain === "?") elements.push(() => true);
    else elements.push((character) => character === (escaped ?? plain));
  }
  return elements;
}

function bracketElement(ranges: string, negated: boolean): Element {
  return (character) => {
    for (const [, escapedLow, low, escapedHigh, high] of ranges.matchAll(rangeShape)) {
      const first = escapedLow ?? low ?? "";
      if (first <= character && character <= (escapedHigh ?? high ?? first)) return !negated;
    }
    return negated;
  };
}

/** What is left of `path` behind a match of the elements at its start, or if `skips` anywhere. */
function matchStart(
  elements: readonly Element[],
  path: string,
  { skips, toEnd }: { skips: boolean; toEnd: boolean },
): string | undefined {
  for (let start = 0; start <= (skips ? path.length : 0); start++) {
    const end = start + elements.length;
    if (toEnd ? end !== path.length : end > path.length) continue;
    if (elements.every((element, index) => element(path.charAt(start + index)))) {
      return path.slice(end);
    }
  }
  return undefined;
}
