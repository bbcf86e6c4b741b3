import { chompHeredoc, readHeredocWord } from "../grammar/heredocs.ts";
import type { Statement } from "../grammar/statement.ts";
import type { CopySpecification, InlineFile } from "../instruction.ts";
import { syntaxError } from "../syntax-error.ts";

/** The part of a copy that its words tell. */
export type CopyWords = Pick<CopySpecification, "destination" | "inline" | "sources">;

/** The flags that ADD and COPY share. */
export const copyFlags = {
  chown: "string",
  chmod: "string",
  link: "boolean",
  exclude: "list",
} as const;

/**
 * Checks that an ADD or COPY has a source and a destination.
 * @throws DOCKERFILE_SYNTAX if it lacks one
 */
export function assertDestination(statement: Statement): void {
  if (statement.words.length > 1) return;
  throw syntaxError(
    `${statement.keyword.toUpperCase()} requires at least two arguments, but only one was provided. Destination could not be determined`,
  );
}

/**
 * Reads the sources and the destination of an ADD or COPY.
 * @throws DOCKERFILE_SYNTAX if the destination is a heredoc
 */
export function readCopyWords(statement: Statement): CopyWords {
  const destination = statement.words.at(-1) ?? "";
  if (findInline(destination, statement) !== undefined) {
    throw syntaxError(
      `${statement.keyword.toUpperCase()} cannot accept a heredoc as a destination`,
    );
  }
  const sources: string[] = [];
  const inline: InlineFile[] = [];
  for (const word of statement.words.slice(0, -1)) {
    const file = findInline(word, statement);
    if (file === undefined) sources.push(word);
    else inline.push(file);
  }
  return { sources, inline, destination };
}

/** Of heredocs with the same name the last one counts; one in a JSON array has no body. */
function findInline(word: string, statement: Statement): InlineFile | undefined {
  const heredoc = readHeredocWord(word);
  if (heredoc === undefined) return undefined;
  const { name, chomp, expand } = heredoc;
  const data = statement.heredocs.findLast((body) => body.name === name)?.data ?? "";
  return { name, expand, data: chomp ? chompHeredoc(data) : data };
}
