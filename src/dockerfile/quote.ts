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

/** Puts `text` in double quotes for a message; what is not printable becomes an escape sequence. */
export function quote(text: string): string {
  return `"${text.replace(special, (character) => named[character] ?? escapeSequence(character))}"`;
}

function escapeSequence(character: string): string {
  const code = character.codePointAt(0) ?? 0;
  const hex = code.toString(16);
  if (code < 0x80) return `\\x${hex.padStart(2, "0")}`;
  return code > 0xffff ? `\\U${hex.padStart(8, "0")}` : `\\u${hex.padStart(4, "0")}`;
}
