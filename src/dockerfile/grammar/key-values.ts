import type { KeyValue } from "../instruction.ts";
import { quote } from "../quote.ts";
import { syntaxError } from "../syntax-error.ts";
import { splitFirstWord, splitQuotedWords } from "./words.ts";

/**
 * Reads the pairs of ENV or LABEL. If the first word has no `=`, all is one pair in the old form
 * `KEY value`, where the value is the rest of the text.
 * @throws DOCKERFILE_SYNTAX for a word that is no pair
 */
export function readKeyValues(text: string, keyword: string, escape: string): KeyValue[] {
  const words = splitQuotedWords(text, escape);
  if (words[0] === undefined) return [];
  if (!words[0].includes("=")) {
    const [key, value] = splitFirstWord(text);
    if (value === undefined) throw syntaxError(`${keyword} must have two arguments`);
    return [{ key, value, legacy: true }];
  }
  return words.map((word) => {
    const equals = word.indexOf("=");
    if (equals < 0) {
      throw syntaxError(
        `Syntax error - can't find = in ${quote(word)}. Must be of the form: name=value`,
      );
    }
    return { key: word.slice(0, equals), value: word.slice(equals + 1), legacy: false };
  });
}
