import type { Statement } from "../grammar/statement.ts";
import type {
  CmdInstruction,
  CommandLine,
  EntrypointInstruction,
  ShellInstruction,
} from "../instruction.ts";
import { syntaxError } from "../syntax-error.ts";
import { assertArguments, instructionBase } from "./base.ts";
import { readFlags } from "./flags.ts";

/** The command that a statement's arguments are. */
export function commandLine(statement: Statement): CommandLine {
  const { json, words, heredocs } = statement;
  return { form: json ? "exec" : "shell", args: words, heredocs };
}

/** Reads a CMD. It may be without arguments. */
export function parseCmd(statement: Statement): CmdInstruction {
  readFlags(statement, {});
  return { ...instructionBase(statement), type: "CMD", ...commandLine(statement) };
}

/** Reads an ENTRYPOINT. It may be without arguments. */
export function parseEntrypoint(statement: Statement): EntrypointInstruction {
  readFlags(statement, {});
  return { ...instructionBase(statement), type: "ENTRYPOINT", ...commandLine(statement) };
}

/** Reads a SHELL. */
export function parseShell(statement: Statement): ShellInstruction {
  readFlags(statement, {});
  assertArguments(statement);
  if (!statement.json) throw syntaxError("SHELL requires the arguments to be in JSON form");
  return { ...instructionBase(statement), type: "SHELL", args: statement.words };
}
