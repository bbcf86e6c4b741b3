import type { Statement } from "../grammar/statement.ts";
import type { OnbuildInstruction } from "../instruction.ts";
import { syntaxError } from "../syntax-error.ts";
import { assertArguments, instructionBase } from "./base.ts";
import { readFlags } from "./flags.ts";

const keyword = /^ONBUILD[\t\n\f\r ]*/i;

/** Reads an ONBUILD. The trigger is kept as written; its meaning is checked when it is used. */
export function parseOnbuild(statement: Statement): OnbuildInstruction {
  assertArguments(statement);
  readFlags(statement, {});
  assertTrigger(statement.words[0] ?? "");
  const bodies = statement.heredocs.map((heredoc) => `\n${heredoc.data}${heredoc.name}`);
  const expression = statement.text.replace(keyword, "") + bodies.join("");
  return { ...instructionBase(statement), type: "ONBUILD", expression };
}

/**
 * Checks that the instruction `name` may be a trigger.
 * @throws DOCKERFILE_SYNTAX for ONBUILD, FROM and MAINTAINER
 */
export function assertTrigger(name: string): void {
  const trigger = name.toUpperCase();
  if (trigger === "ONBUILD") {
    throw syntaxError("Chaining ONBUILD via `ONBUILD ONBUILD` isn't allowed");
  }
  if (trigger === "FROM" || trigger === "MAINTAINER") {
    throw syntaxError(`${trigger} isn't allowed as an ONBUILD trigger`);
  }
}
