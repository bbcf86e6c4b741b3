import type { Expansion } from "../expansion/expand.ts";
import type { Stage } from "../instruction.ts";
import { didYouMean, nearestOption } from "../suggestion.ts";
import type { CheckReporter } from "./reporter.ts";

/** UndefinedArgInFrom: FROM sees only arguments that are declared before the first one. */
export function checkFromArguments(
  stage: Stage,
  {
    missing,
    declared,
  }: { readonly missing: Iterable<string>; readonly declared: readonly string[] },
  reporter: CheckReporter,
): void {
  for (const name of missing) {
    if (declared.includes(name)) continue;
    const suggestion = didYouMean(nearestOption(name, declared));
    const message = `FROM argument '${name}' is not declared${suggestion}`;
    reporter.report("UndefinedArgInFrom", stage.location, message);
  }
}

/** RedundantTargetPlatform: a stage is for the target platform anyway. */
export function checkRedundantPlatform(
  stage: Stage,
  { expansion, target }: { readonly expansion: Expansion; readonly target: string | undefined },
  reporter: CheckReporter,
): void {
  const { matched, unmatched, text } = expansion;
  if (matched.size !== 1 || !matched.has("TARGETPLATFORM") || unmatched.size > 0) return;
  if (text !== target) return;
  const message = `Setting platform to predefined ${stage.platform} in FROM is redundant as this is the default behavior`;
  reporter.report("RedundantTargetPlatform", stage.location, message);
}

/**
 * FromPlatformFlagConstDisallowed: a platform without variables, unless the stage is named after
 * it. `platform` is what the flag means; undefined where it means nothing.
 */
export function checkConstantPlatform(
  stage: Stage,
  flag: {
    readonly expansion: Expansion;
    readonly platform: { readonly os: string; readonly architecture: string } | undefined;
  },
  reporter: CheckReporter,
): void {
  const { expansion, platform } = flag;
  if (expansion.matched.size > 0 || expansion.unmatched.size > 0 || platform === undefined) return;
  if (stage.name.includes(platform.os) || stage.name.includes(platform.architecture)) return;
  const message = `FROM --platform flag should not use constant value "${expansion.text}"`;
  reporter.report("FromPlatformFlagConstDisallowed", stage.location, message);
}
