import { keywords } from "../grammar/arguments.ts";
import type { Statement } from "../grammar/statement.ts";
import type { Instruction } from "../instruction.ts";
import { didYouMean, nearestOption } from "../suggestion.ts";
import { syntaxError } from "../syntax-error.ts";
import { parseAdd } from "./add.ts";
import { parseArg } from "./arg.ts";
import { parseCmd, parseEntrypoint, parseShell } from "./command.ts";
import { parseCopy } from "./copy.ts";
import { parseExpose } from "./expose.ts";
import { parseHealthcheck } from "./healthcheck.ts";
import { parseEnv, parseLabel } from "./key-value.ts";
import { parseOnbuild } from "./onbuild.ts";
import { parseRun } from "./run.ts";
import { parseMaintainer, parseStopsignal, parseUser, parseWorkdir } from "./single-argument.ts";
import { parseVolume } from "./volume.ts";

const parsers: Readonly<Record<Instruction["type"], (statement: Statement) => Instruction>> = {
  ADD: parseAdd,
  ARG: parseArg,
  CMD: parseCmd,
  COPY: parseCopy,
  ENTRYPOINT: parseEntrypoint,
  ENV: parseEnv,
  EXPOSE: parseExpose,
  HEALTHCHECK: parseHealthcheck,
  LABEL: parseLabel,
  MAINTAINER: parseMaintainer,
  ONBUILD: parseOnbuild,
  RUN: parseRun,
  SHELL: parseShell,
  STOPSIGNAL: parseStopsignal,
  USER: parseUser,
  VOLUME: parseVolume,
  WORKDIR: parseWorkdir,
};

/**
 * Gives a statement other than FROM its meaning.
 * @throws DOCKERFILE_SYNTAX for an unknown instruction, and for what its parser refuses
 */
export function parseStatement(statement: Statement): Instruction {
  const type = statement.keyword.toUpperCase();
  if (Object.hasOwn(parsers, type)) return parsers[type as Instruction["type"]](statement);
  throw syntaxError(`unknown instruction: ${statement.keyword}${suggestion(statement.keyword)}`);
}

function suggestion(keyword: string): string {
  const lower = keyword.toLowerCase();
  const nearest = nearestOption(
    lower,
    keywords.map((known) => known.toLowerCase()),
  );
  return didYouMean(
    keyword !== lower && keyword === keyword.toUpperCase() ? nearest?.toUpperCase() : nearest,
  );
}
