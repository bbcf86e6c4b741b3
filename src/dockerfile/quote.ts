const named: Readonly<Record<string, string>> = {
  "\u0007": "\\a",
  "\b": "\\b",
  "\f": "\\f",
  "\n": "\\n",
  "\r": "\\r",
  "\t": "\\t",
  "\v": "\\v",
  "\\": "\\\\",
  '"': '\\"',
};
const special = /[^\p{L}\p{M}\p{N}\p{P}\p{S} ]|["\\]/gu;

const longest = 1024;

/**
 * Puts `text` in double quotes for a message, as `quoteWhole` does; of a text of more than 1024
 * characters only the first are shown.
 */
export function quote(text: string): string {
  return quoteWhole(text.length > longest ? `${text.slice(0, longest).toWellFormed()}...` : text);
}

/** Puts `text` in double quotes as Go's `%q` does: what is not printable becomes an escape sequence. */
export function quoteWhole(text: string): string {
  return `"${text.replace(special, (character) => named[character] ?? escapeSequence(character))}"`;
}

function escapeSequence(character: string): string {
  const code = character.codePointAt(0) ?? 0;
  const hex = code.toString(16);
  if (code < 0x80) return `\\x${hex.padStart(2, "0")}`;
  return code > 0xffff ? `\\U${hex.padStart(8, "0")}` : `\\u${hex.padStart(4, "0")}`;
}
