import { isSpace } from "../white-space.ts";

/** The flags at the head of an instruction's text, and what follows them. */
export interface FlagWords {
  /** The words that begin with `--`, quotes and escapes resolved. */
  readonly flags: readonly string[];
  readonly rest: string;
}

/**
 * Takes the flags off the head of an instruction's text. A lone `--` ends them. The escape
 * character is the backslash here, whatever the directive says.
 */
export function splitFlags(text: string): FlagWords {
  const flags: string[] = [];
  let position = 0;
  for (;;) {
    while (position < text.length && isSpace(text.charAt(position))) position++;
    if (!text.startsWith("--", position)) return { flags, rest: text.slice(position) };
    const { word, end } = readWord(text, position);
    position = end;
    if (word === "--") return { flags, rest: text.slice(position) };
    flags.push(word);
  }
}

function readWord(text: string, start: number): { word: string; end: number } {
  let word = "";
  let quote = "";
  let position = start;
  for (; position < text.length; position++) {
    let character = text.charAt(position);
    if (quote === "" && isSpace(character)) break;
    if (quote === "" ? character === "'" || character === '"' : character === quote) {
      quote = quote === "" ? character : "";
      continue;
    }
    if (character === "\\") {
      position++;
      character = text.charAt(position);
    }
    word += character;
  }
  return { word, end: Math.min(position, text.length) };
}
