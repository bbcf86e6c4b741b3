import { isBuilderError } from "../../errors/builder-error.ts";
import { emptyEnvironment } from "../expansion/environment.ts";
import { type ExpandOptions, expandWord } from "../expansion/expand.ts";
import type { Heredoc } from "../instruction.ts";

/** A word such as `<<-"EOF"` that announces a heredoc. */
export type HeredocWord = Omit<Heredoc, "data">;

const shape = /^([0-9]*)<<(-?)[\t\n\f\r ]*([^<]*)$/;
const leadingTabs = /(^|\n)\t+/g;

/**
 * The heredoc that `word` announces, if it does. Its escape character is always the backslash;
 * quotes anywhere in the word keep the body from being expanded.
 * @throws DOCKERFILE_SYNTAX when its quotes or braces do not balance
 */
function parseHeredocWord(word: string): HeredocWord | undefined {
  const match = shape.exec(word);
  const label = match?.[3] ?? "";
  if (match === null || label === "") return undefined;
  const [name, ...more] = splitWords(label, {});
  if (name === undefined || more.length > 0) return undefined;
  const [quoted] = splitWords(label, { keepQuotes: true });
  return {
    name,
    chomp: match[2] === "-",
    expand: countQuotes(name) === countQuotes(quoted ?? ""),
    fileDescriptor: Number(match[1]),
  };
}

/** Like `parseHeredocWord`, but a word that is malformed is no heredoc. */
export function readHeredocWord(word: string): HeredocWord | undefined {
  return unlessMalformed(() => parseHeredocWord(word));
}

/**
 * The heredocs that an instruction's text announces, in order. Text that does not lex as a shell
 * would read it has none.
 * @throws DOCKERFILE_SYNTAX for a heredoc word with unbalanced quotes
 */
export function findHeredocs(text: string): HeredocWord[] {
  if (!text.includes("<<")) return [];
  const words = unlessMalformed(() => splitWords(text, { keepQuotes: true, keepEscapes: true }));
  return (words ?? []).map(parseHeredocWord).filter((heredoc) => heredoc !== undefined);
}

/** Returns a heredoc's body without the tabs that begin its lines. */
export function chompHeredoc(data: string): string {
  return data.replace(leadingTabs, "$1");
}

function unlessMalformed<Result>(action: () => Result): Result | undefined {
  try {
    return action();
  } catch (error) {
    if (isBuilderError(error)) return undefined;
    throw error;
  }
}

function splitWords(text: string, options: ExpandOptions): readonly string[] {
  return expandWord(text, emptyEnvironment, { ...options, keepUnset: true }).words;
}

function countQuotes(text: string): number {
  return text.replace(/[^'"]/g, "").length;
}
