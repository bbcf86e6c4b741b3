import type { Instruction } from "../dockerfile/instruction.ts";
import { parseInstruction } from "../dockerfile/parse.ts";
import { FileTree } from "../filetree/tree.ts";
import { defaultPath } from "../image/environment.ts";
import { layerInFormat } from "../image/image-format.ts";
import type { Platform } from "../image/platform.ts";
import type { PlannedStage } from "../plan/planned-stage.ts";
import { stagesUsedBy } from "../plan/resolve-from.ts";
import { commitLayer } from "./commit.ts";
import { type BuildScope, type ContextSource, StepScope } from "./scope.ts";
import { type StageStart, StageState } from "./stage-state.ts";
import { runStep } from "./steps/run-step.ts";
import { isInTarget } from "./target-layers.ts";

/**
 * Builds one stage: its base, the base's ONBUILD triggers, its own instructions in order. Stages
 * that it takes files from are waited for where they are needed.
 */
export async function buildStage(planned: PlannedStage, build: BuildScope): Promise<StageState> {
  const state = await startStage(planned, build);
  const instructions = [...takeTriggers(state, build), ...planned.stage.instructions];
  for (const [index, instruction] of instructions.entries()) {
    const sources = stagesUsedBy(instruction, planned.index, build.plan);
    await Promise.all(sources.map((source) => build.stage(source)));
    await build.step(() => {
      build.ports.log.info(instruction.source.split("\n", 1)[0] ?? "", {
        stage: planned.label,
        step: `${index + 1}/${instructions.length}`,
      });
      const scope = new StepScope(build, state, instruction);
      return scope.locate(() => runStep(instruction, scope));
    });
    build.progress.stepDone();
  }
  return state;
}

async function startStage(planned: PlannedStage, build: BuildScope): Promise<StageState> {
  const { base } = planned;
  const platform = planned.platform ?? build.request.targetPlatform;
  build.ports.log.info(`FROM ${nameOf(planned, build)}`, { stage: planned.label });
  if (base.kind === "stage") return startFromStage(planned, await build.stage(base.index));
  if (base.kind === "image" || base.kind === "layout") {
    return startFromImage(planned, await build.baseImage(base, platform), build);
  }
  const state = new StageState(planned, scratch(platform));
  return base.kind === "context" ? startFromContext(base, state, build) : state;
}

/** A layer that the image cannot have in its format is refused before anything is built on it. */
function startFromImage(planned: PlannedStage, start: StageStart, build: BuildScope): StageState {
  if (isInTarget(planned, build.plan)) {
    for (const { descriptor } of start.layers) layerInFormat(descriptor, build.request.imageFormat);
  }
  return new StageState(planned, start);
}

/** What a stage starts from, variables expanded. */
function nameOf({ base }: PlannedStage, build: BuildScope): string {
  if (base.kind === "scratch") return base.kind;
  return base.kind === "stage" ? (build.plan.stages[base.index]?.label ?? "") : base.name;
}

function startFromStage(planned: PlannedStage, parent: StageState): StageState {
  const state = new StageState(planned, parent.toStart());
  state.arguments.push(...parent.arguments);
  for (const [name, value] of parent.environment) state.environment.set(name, value);
  return state;
}

/** All files of a context are the first layer of a stage that is built from it. */
async function startFromContext(
  base: ContextSource,
  state: StageState,
  build: BuildScope,
): Promise<StageState> {
  const scope = new StepScope(build, state, state.planned.stage);
  await build.step(() =>
    scope.locate(async () => {
      const files = await (await build.context(base)).load([""]);
      await commitLayer(scope, `[context ${base.name}] load from client`, files.fork());
    }),
  );
  return state;
}

function scratch(platform: Platform): StageStart {
  return {
    platform,
    author: undefined,
    created: undefined,
    config: { Env: [`PATH=${defaultPath}`], WorkingDir: "/" },
    history: [],
    layers: [],
    image: undefined,
    loadTree: () => Promise.resolve(new FileTree()),
  };
}

/**
 * The base's ONBUILD triggers as instructions; they are used up by this. Stages that they need are
 * started, since the plan does not know of them.
 */
function takeTriggers(state: StageState, build: BuildScope): Instruction[] {
  const { planned } = state;
  const triggers = state.config.OnBuild ?? [];
  if (triggers.length === 0 || planned.isReplaced) return [];
  build.progress.expect(triggers.length);
  state.config = { ...state.config, OnBuild: null };
  const { location } = planned.stage;
  const instructions = triggers.map((trigger) => parseInstruction(trigger, location));
  for (const instruction of instructions) {
    for (const source of stagesUsedBy(instruction, planned.index, build.plan)) {
      void build.stage(source);
    }
  }
  return instructions;
}
