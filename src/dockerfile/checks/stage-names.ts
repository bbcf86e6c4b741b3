import type { Statement } from "../grammar/statement.ts";
import type { Stage } from "../instruction.ts";
import type { CheckReporter } from "./reporter.ts";

const reservedNames = ["context", "scratch"];

/** StageNameCasing: names do not depend on case, so one form of them is enough. */
export function checkStageNameCasing(statement: Statement, reporter: CheckReporter): void {
  const [, , name] = statement.words;
  if (statement.words.length !== 3 || name === undefined || name === name.toLowerCase()) return;
  const message = `Stage name '${name}' should be lowercase`;
  reporter.report("StageNameCasing", statement.location, message);
}

/** ReservedStageName and DuplicateStageName: a name means one stage, and nothing else. */
export function checkStageNames(stages: readonly Stage[], reporter: CheckReporter): void {
  const seen = new Set<string>();
  for (const { name, location } of stages) {
    if (name === "") continue;
    if (reservedNames.includes(name)) {
      const message = `Stage name should not use the same name as reserved stage "${name}"`;
      reporter.report("ReservedStageName", location, message);
    }
    if (seen.has(name)) {
      const message = `Duplicate stage name "${name}", stage names should be unique`;
      reporter.report("DuplicateStageName", location, message);
    }
    seen.add(name);
  }
}
