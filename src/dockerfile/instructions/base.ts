import type { Statement } from "../grammar/statement.ts";
import type { Instruction } from "../instruction.ts";
import { syntaxError } from "../syntax-error.ts";
import { trimSpace } from "../white-space.ts";

/** What every instruction takes over from its statement. */
export function instructionBase(
  statement: Statement,
): Pick<Instruction, "comments" | "keyword" | "location" | "source"> {
  const { comments, keyword, location, text } = statement;
  return { location, keyword, source: trimSpace(text), comments };
}

/**
 * The only argument of a statement.
 * @throws DOCKERFILE_SYNTAX if it has none or more
 */
export function onlyArgument(statement: Statement): string {
  const [word, ...more] = statement.words;
  if (word !== undefined && more.length === 0) return word;
  throw syntaxError(`${statement.keyword.toUpperCase()} requires exactly one argument`);
}

/**
 * Checks that a statement has arguments.
 * @throws DOCKERFILE_SYNTAX if it has none
 */
export function assertArguments(statement: Statement): void {
  if (statement.words.length > 0 || statement.pairs.length > 0) return;
  throw syntaxError(`${statement.keyword.toUpperCase()} requires at least one argument`);
}

/** The text of the first comment `# <name> text` among `comments`. */
export function findDescription(comments: readonly string[], name: string): string | undefined {
  if (name === "") return undefined;
  const comment = comments.find((line) => line.startsWith(`${name} `));
  return comment?.slice(name.length + 1);
}
