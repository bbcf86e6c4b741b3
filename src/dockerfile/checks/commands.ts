import type { SourceLocation } from "../../errors/source-location.ts";
import type {
  CmdInstruction,
  EntrypointInstruction,
  HealthcheckInstruction,
} from "../instruction.ts";
import type { CheckReporter } from "./reporter.ts";

/** JSONArgsRecommended: in shell form the shell gets the signals, unless SHELL says what it wants. */
export function checkShellForm(
  { form, keyword, location }: CmdInstruction | EntrypointInstruction,
  hasShell: boolean,
  reporter: CheckReporter,
): void {
  if (form === "exec" || hasShell) return;
  const message = `JSON arguments recommended for ${keyword} to prevent unintended behavior related to OS signals`;
  reporter.report("JSONArgsRecommended", location, message);
}

/** MultipleInstructionsDisallowed: the `earlier` one of this kind in the stage has no effect. */
export function checkRepetition(
  { keyword }: CmdInstruction | EntrypointInstruction | HealthcheckInstruction,
  earlier: SourceLocation | undefined,
  reporter: CheckReporter,
): void {
  if (earlier === undefined) return;
  const message = `Multiple ${keyword} instructions should not be used in the same stage because only the last one will be used`;
  reporter.report("MultipleInstructionsDisallowed", earlier, message);
}
