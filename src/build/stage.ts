import type { Instruction } from "../dockerfile/instruction.ts";
import type { PlannedStage } from "../plan/planned-stage.ts";
import { stagesUsedBy } from "../plan/resolve-from.ts";
import { carryOut } from "./carry-out.ts";
import type { Forecast } from "./forecast.ts";
import { firstPosition, firstStep, openStage, takeTriggers } from "./open-stage.ts";
import { type BuildScope, StepScope } from "./scope.ts";
import type { StageState } from "./stage-state.ts";
import { startStep } from "./steps/start-step.ts";

/**
 * Builds one stage: its base, the base's ONBUILD triggers, its own instructions in order. Stages that it takes
 * files from are begun at once, and waited for where they are needed. What the cache has needs none.
 */
export async function buildStage(planned: PlannedStage, build: BuildScope): Promise<StageState> {
  const hasKeys = build.cache?.hasKeys === true;
  const forecast = hasKeys ? await build.forecast(planned.index) : undefined;
  const { instructions: own } = planned.stage;
  startSources(forecast?.instructions ?? own, { planned, forecast }, build);
  if (forecast !== undefined) await openRunnerInTime(forecast, build);
  build.ports.log.info(`FROM ${nameOf(planned, build)}`, { stage: planned.label });
  const state = await openStage(planned, build, (index) => build.stage(index));
  const triggers = takeTriggers(state);
  build.progress.expect(triggers.length);
  if (forecast === undefined) startSources(triggers, { planned, forecast }, build);
  const first = firstStep(state, build);
  if (first !== undefined) {
    const foreseen = forecast?.steps.get(firstPosition);
    await build.step(() => first.scope.locate(() => carryOut(first.step, first.scope, foreseen)));
  }
  const instructions = [...triggers, ...own];
  for (const [index, instruction] of instructions.entries()) {
    await buildStep({ instruction, index, count: instructions.length }, state, { build, forecast });
    build.progress.stepDone();
  }
  return state;
}

interface BuiltStep {
  readonly instruction: Instruction;
  /** Its position in its stage, which has `count` of them. */
  readonly index: number;
  readonly count: number;
}

async function buildStep(
  { instruction, index, count }: BuiltStep,
  state: StageState,
  { build, forecast }: { readonly build: BuildScope; readonly forecast: Forecast | undefined },
): Promise<void> {
  const { planned } = state;
  const foreseen = forecast?.steps.get(index);
  const isCached = (await foreseen?.entry) !== undefined;
  if (!isCached) {
    const sources = stagesUsedBy(instruction, planned.index, build.plan);
    await Promise.all(sources.map((source) => build.stage(source)));
  }
  await build.step(() => {
    build.ports.log.info(instruction.source.split("\n", 1)[0] ?? "", {
      stage: planned.label,
      step: `${index + 1}/${count}`,
      ...(isCached ? { cached: true } : {}),
    });
    const scope = new StepScope(build, state, instruction);
    return scope.locate(async () => {
      const step = startStep(instruction, scope);
      if (step !== undefined) await carryOut(step, scope, foreseen);
    });
  });
}

/** Where no command can be run yet, that has to turn out before others do work that would be lost. */
async function openRunnerInTime(
  { instructions, steps }: Forecast,
  build: BuildScope,
): Promise<void> {
  // Whether an image of `--cache-from` has what a command makes turns out only when what is before it is there.
  if (build.cache?.images.areNamed === true) return;
  for (const [index, { type }] of instructions.entries()) {
    if (type !== "RUN" || (await steps.get(index)?.entry) !== undefined) continue;
    await build.runner();
    return;
  }
}

interface SourcesOf {
  readonly planned: PlannedStage;
  readonly forecast: Forecast | undefined;
}

/** Begins the stages that instructions take files from, but for those that the cache makes needless. */
function startSources(
  instructions: readonly Instruction[],
  { planned, forecast }: SourcesOf,
  build: BuildScope,
): void {
  for (const [index, instruction] of instructions.entries()) {
    const sources = stagesUsedBy(instruction, planned.index, build.plan);
    const start = (): void => sources.forEach((source) => void build.stage(source));
    const entry = forecast?.steps.get(index)?.entry;
    if (entry === undefined) start();
    else entry.then((found) => (found === undefined ? start() : undefined)).catch(() => undefined);
  }
}

/** What a stage starts from, variables expanded. */
function nameOf({ base }: PlannedStage, build: BuildScope): string {
  if (base.kind === "scratch") return base.kind;
  return base.kind === "stage" ? (build.plan.stages[base.index]?.label ?? "") : base.name;
}
