import type { Statement } from "../grammar/statement.ts";
import type { ExposeInstruction } from "../instruction.ts";
import { assertArguments, instructionBase } from "./base.ts";
import { readFlags } from "./flags.ts";

/** Reads an EXPOSE. Its words get their meaning, and may become more, when they are expanded. */
export function parseExpose(statement: Statement): ExposeInstruction {
  assertArguments(statement);
  readFlags(statement, {});
  return { ...instructionBase(statement), type: "EXPOSE", ports: sortByBytes(statement.words) };
}

function sortByBytes(words: readonly string[]): string[] {
  return words.toSorted((left, right) => Buffer.compare(Buffer.from(left), Buffer.from(right)));
}
