import { readCheckOptions } from "../../src/dockerfile/checks/options.ts";
import { CheckReporter, type CheckWarning } from "../../src/dockerfile/checks/reporter.ts";
import type { Instruction, Stage } from "../../src/dockerfile/instruction.ts";
import { parseDockerfile } from "../../src/dockerfile/parse.ts";

/** What `check` reports, as `rule: message`; all rules are on. */
export function reported(check: (reporter: CheckReporter) => void): string[] {
  const found: CheckWarning[] = [];
  const options = readCheckOptions(Buffer.from("# check=experimental=all\nFROM scratch\n"));
  check(new CheckReporter(options, found));
  return found.map(({ rule, message }) => `${rule}: ${message}`);
}

/** The stages of a Dockerfile. */
export function stagesOf(text: string): readonly Stage[] {
  return parseDockerfile(text, "Dockerfile").stages;
}

/** The one instruction that `line` is. */
export function instructionOf<Type extends Instruction["type"]>(
  type: Type,
  line: string,
): Extract<Instruction, { type: Type }> {
  const instruction = stagesOf(`FROM scratch\n${line}\n`)[0]?.instructions[0];
  if (instruction?.type !== type) throw new TypeError(`${line} is no ${type}`);
  return instruction as Extract<Instruction, { type: Type }>;
}
