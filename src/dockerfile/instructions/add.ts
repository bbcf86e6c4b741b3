import type { Statement } from "../grammar/statement.ts";
import type { AddInstruction } from "../instruction.ts";
import { instructionBase } from "./base.ts";
import { assertDestination, copyFlags, readCopyWords } from "./copy-specification.ts";
import { givenValue, readFlags } from "./flags.ts";

/** Reads an ADD. */
export function parseAdd(statement: Statement): AddInstruction {
  assertDestination(statement);
  const flags = readFlags(statement, {
    ...copyFlags,
    "keep-git-dir": "boolean",
    checksum: "string",
    unpack: "boolean",
  });
  return {
    ...instructionBase(statement),
    type: "ADD",
    ...readCopyWords(statement),
    chown: givenValue(flags.chown),
    chmod: givenValue(flags.chmod),
    link: flags.link ?? false,
    exclude: flags.exclude,
    checksum: givenValue(flags.checksum),
    keepGitDir: flags["keep-git-dir"],
    unpack: flags.unpack,
  };
}
