const spaces = new Set(
  "\t\n\v\f\r \u0085\u00a0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u2028\u2029\u202f\u205f\u3000",
);

/**
 * Tells whether `character` has the Unicode property White_Space. This is the grammar's idea of a
 * blank; it differs from JavaScript's in U+0085, which is one, and U+FEFF, which is not.
 */
export function isSpace(character: string): boolean {
  return spaces.has(character);
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
