import type { SourceLocation } from "../../errors/source-location.ts";
import type { Heredoc } from "../instruction.ts";
import { trimSpace } from "../white-space.ts";
import { type Arguments, readArguments } from "./arguments.ts";
import { splitFlags } from "./flag-words.ts";
import { splitFirstWord } from "./words.ts";

/** An instruction's text, taken apart by the grammar but not yet given a meaning. */
export interface Statement extends Arguments {
  /** The keyword as typed. */
  readonly keyword: string;
  /** The words of the flags, `--` included, quotes and escapes resolved. */
  readonly flags: readonly string[];
  /** The joined lines as written, heredoc bodies left out. */
  readonly text: string;
  readonly heredocs: readonly Heredoc[];
  /** Comment lines directly above. */
  readonly comments: readonly string[];
  readonly location: SourceLocation;
}

/** The parts of a statement that its own text tells. */
export type StatementText = Omit<Statement, "comments" | "heredocs" | "location">;

/**
 * Takes the joined lines of one instruction apart.
 * @throws DOCKERFILE_SYNTAX for arguments that are malformed
 */
export function readStatementText(text: string, escape: string): StatementText {
  const [keyword, operands = ""] = splitFirstWord(trimSpace(text));
  const { flags, rest } = splitFlags(operands);
  return { keyword, flags, text, ...readArguments(keyword.toUpperCase(), trimSpace(rest), escape) };
}
