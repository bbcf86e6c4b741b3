import type { Statement } from "../grammar/statement.ts";
import type { Stage } from "../instruction.ts";
import { quote } from "../quote.ts";
import { syntaxError } from "../syntax-error.ts";
import { findDescription, instructionBase } from "./base.ts";
import { readFlags } from "./flags.ts";

const stageName = /^[a-z][a-z0-9-_.]*$/;

/** The head of a stage: all of it but its instructions. */
export type StageHead = Omit<Stage, "instructions">;

/** Reads a FROM. */
export function parseFrom(statement: Statement): StageHead {
  const name = readName(statement.words);
  const flags = readFlags(statement, { platform: "string" });
  return {
    ...instructionBase(statement),
    name,
    base: statement.words[0] ?? "",
    platform: flags.platform ?? "",
    description: findDescription(statement.comments, name),
  };
}

function readName(words: readonly string[]): string {
  const [, as, typed] = words;
  if (words.length === 1) return "";
  if (words.length !== 3 || as?.toLowerCase() !== "as" || typed === undefined) {
    throw syntaxError("FROM requires either one or three arguments");
  }
  const name = typed.toLowerCase();
  if (stageName.test(name)) return name;
  throw syntaxError(
    `invalid name for build stage: ${quote(typed)}, name can't start with a number or contain symbols`,
  );
}
