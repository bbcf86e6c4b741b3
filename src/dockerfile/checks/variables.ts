import type { SourceLocation } from "../../errors/source-location.ts";
import type { EnvInstruction, LabelInstruction } from "../instruction.ts";
import { nearestOption } from "../suggestion.ts";
import type { CheckReporter } from "./reporter.ts";

/** UndefinedVar: `name` is neither in the image's environment nor an argument; `known` are those. */
export function reportUndefined(
  name: string,
  { known, location }: { readonly known: Iterable<string>; readonly location: SourceLocation },
  reporter: CheckReporter,
): void {
  const nearest = nearestOption(name, [...known]);
  const suggestion = nearest === undefined ? "" : ` (did you mean $${nearest}?)`;
  reporter.report("UndefinedVar", location, `Usage of undefined variable '$${name}'${suggestion}`);
}

/** LegacyKeyValueFormat: `KEY value` holds one pair only, and guesses where its value begins. */
export function checkKeyValueFormat(
  { keyword, pairs, location }: EnvInstruction | LabelInstruction,
  reporter: CheckReporter,
): void {
  for (const { legacy } of pairs) {
    if (!legacy) continue;
    const message = `"${keyword} key=value" should be used instead of legacy "${keyword} key value" format`;
    reporter.report("LegacyKeyValueFormat", location, message);
  }
}
