import type { Statement } from "../grammar/statement.ts";
import type { EnvInstruction, KeyValue, LabelInstruction } from "../instruction.ts";
import { syntaxError } from "../syntax-error.ts";
import { assertArguments, instructionBase } from "./base.ts";
import { readFlags } from "./flags.ts";

/** Reads an ENV. */
export function parseEnv(statement: Statement): EnvInstruction {
  return { ...instructionBase(statement), type: "ENV", pairs: readPairs(statement) };
}

/** Reads a LABEL. */
export function parseLabel(statement: Statement): LabelInstruction {
  return { ...instructionBase(statement), type: "LABEL", pairs: readPairs(statement) };
}

function readPairs(statement: Statement): readonly KeyValue[] {
  readFlags(statement, {});
  assertArguments(statement);
  if (statement.pairs.some((pair) => pair.key === "")) {
    throw syntaxError(`${statement.keyword.toUpperCase()} names can not be blank`);
  }
  return statement.pairs;
}
