const space = /^\p{White_Space}$/u;
const run = /\p{White_Space}+/u;

/**
 * Tells whether `character` has the Unicode property White_Space. This is the grammar's idea of a
 * blank; it differs from JavaScript's in U+0085, which is one, and U+FEFF, which is not.
 */
export function isSpace(character: string): boolean {
  return space.test(character);
}

/** Splits `text` at its white space; there are empty parts where it begins or ends with some. */
export function splitSpace(text: string): string[] {
  return text.split(run);
}

/** Returns `text` without white space at its start. */
export function trimSpaceStart(text: string): string {
  let start = 0;
  while (start < text.length && isSpace(text.charAt(start))) start++;
  return text.slice(start);
}

/** Returns `text` without white space at either end. */
export function trimSpace(text: string): string {
  let end = text.length;
  while (end > 0 && isSpace(text.charAt(end - 1))) end--;
  return trimSpaceStart(text.slice(0, end));
}
