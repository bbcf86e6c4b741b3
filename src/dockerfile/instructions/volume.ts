import type { Statement } from "../grammar/statement.ts";
import type { VolumeInstruction } from "../instruction.ts";
import { syntaxError } from "../syntax-error.ts";
import { trimSpace } from "../white-space.ts";
import { assertArguments, instructionBase } from "./base.ts";
import { readFlags } from "./flags.ts";

/** Reads a VOLUME. */
export function parseVolume(statement: Statement): VolumeInstruction {
  assertArguments(statement);
  readFlags(statement, {});
  const paths = statement.words.map(trimSpace);
  if (paths.includes("")) throw syntaxError("VOLUME specified can not be an empty string");
  return { ...instructionBase(statement), type: "VOLUME", paths };
}
