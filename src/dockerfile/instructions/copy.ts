import type { Statement } from "../grammar/statement.ts";
import type { CopyInstruction } from "../instruction.ts";
import { instructionBase } from "./base.ts";
import { assertDestination, copyFlags, readCopyWords } from "./copy-specification.ts";
import { givenValue, readFlags } from "./flags.ts";

/** Reads a COPY. */
export function parseCopy(statement: Statement): CopyInstruction {
  assertDestination(statement);
  const flags = readFlags(statement, { ...copyFlags, from: "string", parents: "boolean" });
  return {
    ...instructionBase(statement),
    type: "COPY",
    ...readCopyWords(statement),
    from: givenValue(flags.from),
    chown: givenValue(flags.chown),
    chmod: givenValue(flags.chmod),
    link: flags.link ?? false,
    parents: flags.parents ?? false,
    exclude: flags.exclude,
  };
}
