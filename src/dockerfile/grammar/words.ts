import { isSpace } from "../white-space.ts";

const separator = /[\t\v\f\r ]+/;

/** Splits `text`, which begins and ends with no blank, at its blanks; empty text has no words. */
export function splitWords(text: string): string[] {
  return text === "" ? [] : text.split(separator);
}

/** Splits `text` at its first blanks. The second part is undefined where there are none. */
export function splitFirstWord(text: string): [string, string | undefined] {
  const match = separator.exec(text);
  if (match === null) return [text, undefined];
  return [text.slice(0, match.index), text.slice(match.index + match[0].length)];
}

/**
 * Splits `text` into words at white space outside of quotes. Quotes and escapes stay in the words;
 * in single quotes nothing is escaped; an escape character at the very end is dropped.
 */
export function splitQuotedWords(text: string, escape: string): string[] {
  const words: string[] = [];
  let word = "";
  let quote = "";
  for (let position = 0; position < text.length; position++) {
    const character = text.charAt(position);
    if (quote === "" && isSpace(character)) {
      if (word !== "") words.push(word);
      word = "";
    } else if (character === escape && quote !== "'") {
      const escaped = text.charAt(++position);
      word += escaped === "" ? "" : character + escaped;
    } else {
      quote = quoteAfter(quote, character);
      word += character;
    }
  }
  return word === "" ? words : [...words, word];
}

/** The quote that is open behind `character`, if `quote` was open before it. */
function quoteAfter(quote: string, character: string): string {
  if (character === quote) return "";
  return quote === "" && (character === "'" || character === '"') ? character : quote;
}
