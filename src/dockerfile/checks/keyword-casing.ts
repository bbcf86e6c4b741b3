import type { SourceLocation } from "../../errors/source-location.ts";
import type { Statement } from "../grammar/statement.ts";
import type { Stage } from "../instruction.ts";
import type { CheckReporter } from "./reporter.ts";

/** FromAsCasing: AS is written as FROM is, unless FROM itself is mixed, which is another rule's. */
export function checkFromAsCasing(statement: Statement, reporter: CheckReporter): void {
  const { keyword, words, location } = statement;
  const [, as] = words;
  if (words.length < 3 || as === undefined) return;
  const casing = casingOf(keyword);
  if (casing === "mixed" || casingOf(as) === casing) return;
  const message = `'${as}' and '${keyword}' keywords' casing do not match`;
  reporter.report("FromAsCasing", location, message);
}

interface Keyword {
  readonly keyword: string;
  readonly location: SourceLocation;
}

/**
 * ConsistentInstructionCasing: all keywords are written as most are; upper case wins a tie. ARG
 * before the first FROM does not count.
 */
export function checkInstructionCasing(stages: readonly Stage[], reporter: CheckReporter): void {
  const keywords: Keyword[] = stages.flatMap((stage) => [stage, ...stage.instructions]);
  const lower = keywords.filter(({ keyword }) => casingOf(keyword) === "lower").length;
  const upper = keywords.filter(({ keyword }) => casingOf(keyword) === "upper").length;
  const majority = lower > upper ? "lower" : "upper";
  for (const { keyword, location } of keywords) {
    if (casingOf(keyword) === majority) continue;
    const message = `Command '${keyword}' should match the case of the command majority (${majority}case)`;
    reporter.report("ConsistentInstructionCasing", location, message);
  }
}

function casingOf(word: string): "lower" | "mixed" | "upper" {
  if (word === word.toLowerCase()) return "lower";
  return word === word.toUpperCase() ? "upper" : "mixed";
}
