import type { Statement } from "../grammar/statement.ts";
import type {
  MaintainerInstruction,
  StopsignalInstruction,
  UserInstruction,
  WorkdirInstruction,
} from "../instruction.ts";
import { instructionBase, onlyArgument } from "./base.ts";
import { readFlags } from "./flags.ts";

/** Reads a MAINTAINER. */
export function parseMaintainer(statement: Statement): MaintainerInstruction {
  const maintainer = readOnlyArgument(statement);
  return { ...instructionBase(statement), type: "MAINTAINER", maintainer };
}

/** Reads a STOPSIGNAL. Flags are ignored; the signal's name is checked when it is used. */
export function parseStopsignal(statement: Statement): StopsignalInstruction {
  const signal = onlyArgument(statement);
  return { ...instructionBase(statement), type: "STOPSIGNAL", signal };
}

/** Reads a USER. */
export function parseUser(statement: Statement): UserInstruction {
  return { ...instructionBase(statement), type: "USER", user: readOnlyArgument(statement) };
}

/** Reads a WORKDIR. */
export function parseWorkdir(statement: Statement): WorkdirInstruction {
  return { ...instructionBase(statement), type: "WORKDIR", path: readOnlyArgument(statement) };
}

function readOnlyArgument(statement: Statement): string {
  const argument = onlyArgument(statement);
  readFlags(statement, {});
  return argument;
}
