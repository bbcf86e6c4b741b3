import type { Statement } from "../grammar/statement.ts";
import type { ArgDefinition, ArgInstruction } from "../instruction.ts";
import { syntaxError } from "../syntax-error.ts";
import { assertArguments, findDescription, instructionBase } from "./base.ts";

/** Reads an ARG. Flags are ignored. */
export function parseArg(statement: Statement): ArgInstruction {
  assertArguments(statement);
  const args = statement.words.map((word) => parseDefinition(word, statement.comments));
  return { ...instructionBase(statement), type: "ARG", args };
}

function parseDefinition(word: string, comments: readonly string[]): ArgDefinition {
  const equals = word.indexOf("=");
  if (equals === 0) throw syntaxError("ARG names can not be blank");
  const key = equals < 0 ? word : word.slice(0, equals);
  const value = equals < 0 ? undefined : word.slice(equals + 1);
  return { key, value, description: findDescription(comments, key) };
}
