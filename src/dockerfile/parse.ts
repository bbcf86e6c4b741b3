import { DockerfileError } from "../errors/dockerfile-error.ts";
import type { SourceLocation } from "../errors/source-location.ts";
import { detectCheck, detectSyntax } from "./detect-syntax.ts";
import { decodeText } from "./grammar/line-reader.ts";
import { readStatements } from "./grammar/read-statements.ts";
import type { Statement } from "./grammar/statement.ts";
import type { ArgInstruction, Directive, Dockerfile, Instruction, Stage } from "./instruction.ts";
import { parseFrom, type StageHead } from "./instructions/from.ts";
import { assertTrigger } from "./instructions/onbuild.ts";
import { parseStatement } from "./instructions/parse-statement.ts";
import { syntaxError } from "./syntax-error.ts";

/**
 * Parses a Dockerfile. `file` is its name as the user knows it. A file without FROM has no stages.
 * @throws DOCKERFILE_SYNTAX with the place and the words of the reference implementation
 */
export function parseDockerfile(source: string | Uint8Array, file: string): Dockerfile {
  const text = decodeText(source);
  const { escape, statements, warnings } = readStatements(text, file);
  const { globalArgs, stages } = groupByStage(statements);
  return {
    file,
    escape,
    syntax: locate(detectSyntax(text), file),
    check: locate(detectCheck(text), file),
    globalArgs,
    stages,
    warnings,
  };
}

/**
 * Parses the trigger of an ONBUILD, which is executed at `location`. Its escape character is the
 * backslash, whatever the file said that it comes from, or the one that uses it.
 * @throws DOCKERFILE_SYNTAX at `location` unless it is exactly one instruction that may be a trigger
 */
export function parseInstruction(trigger: string, location: SourceLocation): Instruction {
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

function locate(
  directive: { readonly value: string; readonly line: number } | undefined,
  file: string,
): Directive | undefined {
  if (directive === undefined) return undefined;
  const { value, line } = directive;
  return { value, location: { file, firstLine: line, lastLine: line } };
}

type OpenStage = StageHead & { readonly instructions: Instruction[] };

function groupByStage(statements: readonly Statement[]): {
  globalArgs: ArgInstruction[];
  stages: Stage[];
} {
  const globalArgs: ArgInstruction[] = [];
  const stages: OpenStage[] = [];
  for (const statement of statements) {
    if (statement.keyword.toUpperCase() === "FROM") {
      stages.push({ ...parseAt(statement, parseFrom), instructions: [] });
      continue;
    }
    const instruction = parseAt(statement, parseStatement);
    const stage = stages.at(-1);
    if (stage !== undefined) stage.instructions.push(instruction);
    else if (instruction.type === "ARG") globalArgs.push(instruction);
    else throw syntaxError("no build stage in current context", statement.location);
  }
  return { globalArgs, stages };
}

/** Gives the errors of `parse` the statement's place, and the line in their message. */
function parseAt<Result>(statement: Statement, parse: (statement: Statement) => Result): Result {
  try {
    return parse(statement);
  } catch (error) {
    if (!(error instanceof DockerfileError)) throw error;
    const { location } = statement;
    throw syntaxError(
      `dockerfile parse error on line ${location.firstLine}: ${error.message}`,
      location,
    );
  }
}
