import { assertNotEmpty } from "../../dockerfile/assert-not-empty.ts";
import { checkStatements } from "../../dockerfile/checks/check-statements.ts";
import { IgnoredSources } from "../../dockerfile/checks/ignored-sources.ts";
import {
  type CheckOptions,
  optionsArgument,
  readCheckOptions,
} from "../../dockerfile/checks/options.ts";
import {
  CheckReporter,
  type CheckWarning,
  compareWarnings,
} from "../../dockerfile/checks/reporter.ts";
import { type BuilderError, isBuilderError } from "../../errors/builder-error.ts";
import { DockerfileError } from "../../errors/dockerfile-error.ts";
import { UsageError } from "../../errors/usage-error.ts";
import { BaseConfigs, baseImageOf, imagesNamedBy, type ResolveConfig } from "../base-configs.ts";
import { type BuildPlan, type PlanRequest, planStages } from "../build-plan.ts";
import { readStages } from "../read-stages.ts";
import { reachableInstructions } from "../stage-instructions.ts";
import { checkBasePlatform } from "./base-platforms.ts";
import { checkFromLines } from "./from-lines.ts";
import { observeChecks } from "./stage-checks.ts";

/** What is to be checked. */
export interface CheckRequest extends PlanRequest {
  readonly source: Uint8Array;
  /** The Dockerfile's name as the user knows it. */
  readonly file: string;
  /** Whether stages that the target does not need are checked all the same. */
  readonly allStages: boolean;
  /** The patterns of the ignore file. */
  readonly ignore: readonly string[];
  readonly resolve: ResolveConfig;
}

/** What the checks found. */
export interface CheckResult {
  /** In order of line, rule and message. */
  readonly warnings: readonly CheckWarning[];
  /** Why the Dockerfile could not be built; what comes after it has not been checked. */
  readonly error: BuilderError | undefined;
}

/**
 * Checks a Dockerfile by all rules, in the order in which BuildKit does: its text, the FROM lines, the
 * base images, the instructions of each stage. An error ends the checks.
 *
 * @throws USAGE_INVALID_VALUE when the build argument for the checks is malformed
 */
export async function checkDockerfile(request: CheckRequest): Promise<CheckResult> {
  const found: CheckWarning[] = [];
  let error: BuilderError | undefined;
  try {
    const options = readCheckOptions(request.source, request.buildArgs.get(optionsArgument));
    await runChecks(request, new CheckReporter(options, found));
    error = violationOf(found, options);
  } catch (failure) {
    if (!isBuilderError(failure) || failure instanceof UsageError) throw failure;
    error = failure;
  }
  return { warnings: found.toSorted(compareWarnings), error };
}

/** The error that warnings are where the options say so. */
export function violationOf(
  warnings: readonly CheckWarning[],
  { failsOnWarning }: CheckOptions,
): DockerfileError | undefined {
  if (!failsOnWarning || warnings.length === 0) return undefined;
  const rules = [...new Set(warnings.map(({ rule }) => rule))].toSorted();
  return new DockerfileError(
    "DOCKERFILE_INVALID",
    `lint violation found for rules: ${rules.join(", ")}`,
    { hint: "Correct what the warnings say, or leave rules out with # check=skip=RULE" },
  );
}

async function runChecks(request: CheckRequest, reporter: CheckReporter): Promise<void> {
  const { allStages, buildArgs, file, ignore, resolve, source } = request;
  assertNotEmpty(source);
  const dockerfile = checkStatements(source, file, reporter);
  checkFromLines(dockerfile, request, reporter);
  const plan = planStages(dockerfile, request);
  const bases = new BaseConfigs(plan, resolve);
  const indices = allStages ? [...plan.stages.keys()] : plan.reachable;
  await checkImages(indices, plan, { bases, reporter });
  const reachable = await reachableInstructions(plan, bases);
  const ignored = new IgnoredSources(ignore);
  const stages = plan.stages.flatMap((planned) => {
    const { index, stage } = planned;
    const { instructions } = reachable.get(index) ?? (allStages ? stage : {});
    const observer = observeChecks({ index, plan, reporter, ignored });
    return instructions === undefined ? [] : [{ planned, instructions, observer }];
  });
  await readStages(stages, plan, { bases, buildArgs });
}

async function checkImages(
  indices: readonly number[],
  plan: BuildPlan,
  { bases, reporter }: { readonly bases: BaseConfigs; readonly reporter: CheckReporter },
): Promise<void> {
  const images = [
    ...indices.flatMap((index) => baseImageOf(index, plan) ?? []),
    ...indices.flatMap((index) => {
      const instructions = plan.stages[index]?.stage.instructions ?? [];
      return instructions.flatMap((instruction) => imagesNamedBy(instruction, index, plan));
    }),
  ];
  // All at once; who waits first says what failed.
  for (const image of images) void bases.load(image);
  for (const image of images) {
    const config = await bases.load(image);
    if (config !== undefined) checkBasePlatform(image, config, reporter);
  }
}
