import { detectSyntax } from "../../src/dockerfile/detect-syntax.ts";
import type { Dockerfile, Stage } from "../../src/dockerfile/instruction.ts";
import { parseDockerfile } from "../../src/dockerfile/parse.ts";
import { isBuilderError } from "../../src/errors/builder-error.ts";
import { checkCases, groupCases, growLetters, type VectorCase } from "./check-cases.ts";
import {
  describeInstruction,
  type ExpansionTable,
  expectedCommand,
  linesOf,
  type VectorCommand,
} from "./parse-commands.ts";
import { loadVectors } from "./vectors.ts";

interface ParseCase extends VectorCase {
  readonly tags: readonly string[];
  readonly dockerfile: string;
  readonly syntax?: object;
  readonly check?: object;
  readonly escapeToken?: string;
  readonly warnings?: readonly object[];
  readonly metaArgs?: readonly VectorCommand[];
  readonly stages?: readonly VectorStage[];
  readonly error?: VectorError;
}

interface VectorStage {
  readonly commands: readonly VectorCommand[];
}

interface VectorError {
  readonly message: string;
  readonly lines: readonly (readonly number[])[];
  readonly suggestionOneOf?: readonly string[];
}

const vectors = loadVectors<ParseCase, ExpansionTable>("parse");
const suggestion = / \(did you mean (.*)\?\)$/;

describe("vectors/parse", () => {
  if (vectors === undefined) it("has no vectors here; own cases are in dockerfile");
  const groups = groupCases(growLetters(vectors?.cases ?? []), ({ tags }) => {
    const [first = "untagged"] = tags;
    return first.startsWith("testfile") ? "testfile" : first;
  });
  for (const [name, cases] of groups) {
    it(`parses ${cases.length} files (${name}) as the reference does`, () => {
      checkCases(cases, parse, expected);
    });
  }
});

function parse(vector: ParseCase): unknown {
  const found = detectSyntax(vector.dockerfile);
  const syntax = found && { ref: found.image, cmdline: found.value, line: found.line };
  try {
    return { syntax, ...describeFile(parseDockerfile(vector.dockerfile, "Dockerfile")) };
  } catch (error) {
    if (!isBuilderError(error, "DOCKERFILE_SYNTAX")) throw error;
    return { syntax, error: { message: error.message, lines: [linesOf(error.location)] } };
  }
}

function expected(vector: ParseCase): unknown {
  const { syntax, check, escapeToken, warnings, error } = vector;
  if (error !== undefined) return { syntax, error: expectedError(error, vector) };
  return {
    syntax,
    check,
    escapeToken,
    warnings: warnings ?? [],
    metaArgs: vector.metaArgs?.map(expectedCommand),
    stages: vector.stages?.map((stage) => ({
      ...stage,
      commands: stage.commands.map(expectedCommand),
    })),
  };
}

/** Where several suggestions are equally good the reference takes any of them. */
function expectedError(
  { message, lines, suggestionOneOf }: VectorError,
  vector: ParseCase,
): object {
  if (suggestionOneOf === undefined) return { message, lines };
  const taken = suggestion.exec(messageOf(vector))?.[1] ?? "";
  const isOneOf = suggestionOneOf.includes(taken);
  return { message: isOneOf ? `${message} (did you mean ${taken}?)` : message, lines };
}

function messageOf({ dockerfile }: ParseCase): string {
  try {
    parseDockerfile(dockerfile, "Dockerfile");
    return "";
  } catch (error) {
    return isBuilderError(error) ? error.message : "";
  }
}

function describeFile(file: Dockerfile): object {
  const expansion = { escape: file.escape, mountEnv: vectors?.mountEnv ?? [] };
  return {
    check: file.check && { value: file.check.value, line: file.check.location.firstLine },
    escapeToken: file.escape,
    warnings: file.warnings.map(({ message, location }) => ({ message, line: location.lastLine })),
    metaArgs: file.globalArgs.map((instruction) => describeInstruction(instruction, expansion)),
    stages: file.stages.map((stage) => ({
      ...describeStage(stage),
      commands: stage.instructions.map((inner) => describeInstruction(inner, expansion)),
    })),
  };
}

function describeStage(stage: Stage): object {
  return {
    name: stage.name,
    base: stage.base,
    platform: stage.platform,
    keyword: stage.keyword,
    lines: linesOf(stage.location),
    code: stage.source,
    doc: stage.description ?? "",
    comments: stage.comments.length === 0 ? undefined : stage.comments,
  };
}
