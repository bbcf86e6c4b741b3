import { DockerfileError } from "../errors/dockerfile-error.ts";
import type { SourceLocation } from "../errors/source-location.ts";
import { readStatements } from "./grammar/read-statements.ts";
import type { Instruction } from "./instruction.ts";
import { assertTrigger } from "./instructions/onbuild.ts";
import { parseStatement } from "./instructions/parse-statement.ts";
import { syntaxError } from "./syntax-error.ts";

/**
 * Parses the trigger of an ONBUILD, which is executed at `location`. Its escape character is the
 * backslash, whatever the file said that it comes from, or the one that uses it.
 * @throws DOCKERFILE_SYNTAX at `location` unless it is exactly one instruction that may be a trigger
 */
export function parseTrigger(trigger: string, location: SourceLocation): Instruction {
  try {
    const [statement, ...more] = readStatements(trigger, location.file).statements;
    if (statement === undefined || more.length > 0) {
      throw syntaxError("onbuild trigger should be a single expression");
    }
    assertTrigger(statement.keyword);
    return parseStatement({ ...statement, location });
  } catch (error) {
    throw error instanceof DockerfileError ? syntaxError(error.message, location) : error;
  }
}
