import { treeDigest } from "../cache/files-digest.ts";
import { chainKey, type StepParts } from "../cache/step-key.ts";
import type { Instruction } from "../dockerfile/instruction.ts";
import { InternalError } from "../errors/internal-error.ts";
import type { PlannedStage } from "../plan/planned-stage.ts";
import type { Forecast, ForecastStep } from "./forecast.ts";
import { identify, keyOf } from "./identify.ts";
import type { LayerStep } from "./layer-step.ts";
import { firstPosition, firstStep, openStage, takeTriggers } from "./open-stage.ts";
import { type BuildScope, StepScope } from "./scope.ts";
import type { FilesIdentity, StageState } from "./stage-state.ts";
import type { StepCache } from "./step-cache.ts";
import { startStep } from "./steps/start-step.ts";

/**
 * Finds out the keys of all layers of a stage, and has them looked for, all at once. No stage is built for that:
 * files of other stages stand in the keys by how they came about. What fails here fails again, and is reported,
 * when the step is carried out.
 */
export async function foreseeStage(
  planned: PlannedStage,
  build: BuildScope,
  cache: StepCache,
): Promise<Forecast> {
  const state = await openStage(planned, build, async (base) => (await build.forecast(base)).state);
  if (cache.isFresh(planned)) state.identity = outdated(state.identity);
  const instructions = [...takeTriggers(state), ...planned.stage.instructions];
  const steps = new Map<number, ForecastStep>();
  try {
    for (const pending of startSteps(instructions, state, { build, cache })) {
      const { definition } = state.identity;
      if (definition === undefined) break;
      const { position, step, scope } = pending;
      const { parts, isCurrent } = await pending.parts;
      const key = keyOf(step, parts, { parent: definition.key, scope });
      const after = {
        key: chainKey(definition.key, key),
        isCurrent: definition.isCurrent && isCurrent,
      };
      const isAsked = after.isCurrent && cache.takes(step);
      steps.set(position, { key, entry: isAsked ? cache.layers.find(key) : nothing });
      state.identity = { ...state.identity, definition: after };
    }
  } catch {
    state.identity = { ...state.identity, definition: undefined };
  }
  return { state, instructions, steps };
}

const nothing = Promise.resolve(undefined);

/** A step whose parts are being found out. */
interface PendingStep {
  readonly position: number;
  readonly step: LayerStep;
  readonly scope: StepScope;
  readonly parts: Promise<ForeseenParts>;
}

interface ForeseenParts {
  readonly parts: StepParts;
  readonly isCurrent: boolean;
}

/** Has the configuration of a stage come to its end, and what its steps read be read meanwhile. */
function startSteps(
  instructions: readonly Instruction[],
  state: StageState,
  { build, cache }: { readonly build: BuildScope; readonly cache: StepCache },
): PendingStep[] {
  const steps: PendingStep[] = [];
  const start = (position: number, step: LayerStep, scope: StepScope): void => {
    const parts = foresee(step, scope, cache);
    parts.catch(() => undefined);
    steps.push({ position, step, scope, parts });
  };
  const first = firstStep(state, build);
  if (first !== undefined) start(firstPosition, first.step, first.scope);
  for (const [position, instruction] of instructions.entries()) {
    const scope = new StepScope(build, state, instruction);
    const step = startStep(instruction, scope);
    if (step !== undefined) start(position, step, scope);
  }
  return steps;
}

/** What the layer of a step depends on; files of stages by how they come about. */
async function foresee(
  step: LayerStep,
  scope: StepScope,
  cache: StepCache,
): Promise<ForeseenParts> {
  let isCurrent = true;
  const parts = await step.parts((files) =>
    identify(files, scope, {
      digest: (tree) => treeDigest(tree, cache.digests),
      ofStage: async (index) => {
        const { definition } = (await scope.build.forecast(index)).state.identity;
        if (definition === undefined) throw new InternalError("a stage cannot be foreseen");
        if (!definition.isCurrent) isCurrent = false;
        return { stage: definition.key };
      },
    }),
  );
  return { parts, isCurrent };
}

function outdated({ definition, content }: FilesIdentity): FilesIdentity {
  if (definition === undefined) return { definition, content };
  return { definition: { ...definition, isCurrent: false }, content };
}
