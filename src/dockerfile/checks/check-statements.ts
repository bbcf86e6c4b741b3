import { DockerfileError } from "../../errors/dockerfile-error.ts";
import { decodeText } from "../grammar/line-reader.ts";
import { readStatements } from "../grammar/read-statements.ts";
import type { Statement } from "../grammar/statement.ts";
import type { Dockerfile } from "../instruction.ts";
import { parseDockerfile } from "../parse.ts";
import { checkDescription } from "./descriptions.ts";
import { checkFromAsCasing, checkInstructionCasing } from "./keyword-casing.ts";
import type { CheckReporter } from "./reporter.ts";
import { checkStageNameCasing, checkStageNames } from "./stage-names.ts";

/**
 * Parses a Dockerfile, and checks it by the rules that need nothing but its text. What stands before
 * an error has been checked when it is thrown.
 *
 * @throws DOCKERFILE_SYNTAX
 */
export function checkStatements(
  source: Uint8Array,
  file: string,
  reporter: CheckReporter,
): Dockerfile {
  const { statements, warnings } = readStatements(decodeText(source), file);
  for (const { location } of warnings) {
    const { lastLine } = location;
    const line = { ...location, firstLine: lastLine };
    reporter.report("NoEmptyContinuation", line, "Empty continuation line");
  }
  const parsed = parseOrFail(source, file);
  const faultyLine = parsed instanceof DockerfileError ? parsed.location?.firstLine : undefined;
  for (const statement of statements) {
    const { firstLine } = statement.location;
    if (faultyLine !== undefined && firstLine > faultyLine) break;
    const scoped = reporter.above(statement.comments);
    checkKeywords(statement, scoped);
    if (firstLine !== faultyLine) checkDescription(statement, scoped);
  }
  if (parsed instanceof DockerfileError) throw parsed;
  checkStageNames(parsed.stages, reporter);
  checkInstructionCasing(parsed.stages, reporter);
  return parsed;
}

function parseOrFail(source: Uint8Array, file: string): Dockerfile | DockerfileError {
  try {
    return parseDockerfile(source, file);
  } catch (error) {
    if (error instanceof DockerfileError) return error;
    throw error;
  }
}

/** The rules that hold even where a statement's arguments are wrong. */
function checkKeywords(statement: Statement, reporter: CheckReporter): void {
  const keyword = statement.keyword.toUpperCase();
  if (keyword === "FROM") {
    checkStageNameCasing(statement, reporter);
    checkFromAsCasing(statement, reporter);
  } else if (keyword === "MAINTAINER") {
    const message = "Maintainer instruction is deprecated in favor of using label";
    reporter.report("MaintainerDeprecated", statement.location, message);
  }
}
