import { layersKey } from "../cache/step-key.ts";
import type { Instruction } from "../dockerfile/instruction.ts";
import { parseInstruction } from "../dockerfile/parse.ts";
import { literalPattern } from "../filetree/glob.ts";
import { FileTree } from "../filetree/tree.ts";
import { defaultPath } from "../image/environment.ts";
import { layerInFormat } from "../image/image-format.ts";
import type { Platform } from "../image/platform.ts";
import type { PlannedStage } from "../plan/planned-stage.ts";
import type { LayerStep } from "./layer-step.ts";
import { type BuildScope, StepScope } from "./scope.ts";
import { type StageStart, StageState } from "./stage-state.ts";
import { isInTarget } from "./target-layers.ts";

/** The position of a step that comes before the first instruction. */
export const firstPosition = -1;

/** A stage before its first instruction; `stageOf` gives the state of one that it starts from. */
export async function openStage(
  planned: PlannedStage,
  build: BuildScope,
  stageOf: (index: number) => Promise<StageState>,
): Promise<StageState> {
  const { base } = planned;
  const platform = planned.platform ?? build.request.targetPlatform;
  if (base.kind === "stage") return startFromStage(planned, await stageOf(base.index));
  if (base.kind === "image" || base.kind === "layout") {
    return startFromImage(planned, await build.baseImage(base, platform), build);
  }
  return new StageState(planned, scratch(platform));
}

/** The step of a stage that is built from a context: all files of it are the first layer. */
export function firstStep(
  state: StageState,
  build: BuildScope,
): { readonly step: LayerStep; readonly scope: StepScope } | undefined {
  const { base } = state.planned;
  if (base.kind !== "context") return undefined;
  const load = async (): Promise<FileTree> =>
    (await build.context(base)).load([literalPattern("")]);
  const step: LayerStep = {
    createdBy: `[context ${base.name}] load from client`,
    cachedAs: "copy",
    isLinked: false,
    isToldByHistory: () => false,
    parts: async (identify) => ({
      kind: "FROM",
      files: await identify({ source: { load }, take: (files) => files }),
    }),
    make: async () => ({ tree: (await load()).fork(), isLinked: false }),
  };
  return { step, scope: new StepScope(build, state, state.planned.stage) };
}

/** A layer that the image cannot have in its format is refused before anything is built on it. */
function startFromImage(planned: PlannedStage, start: StageStart, build: BuildScope): StageState {
  if (isInTarget(planned, build.plan)) {
    for (const { descriptor } of start.layers) layerInFormat(descriptor, build.request.imageFormat);
  }
  return new StageState(planned, start);
}

function startFromStage(planned: PlannedStage, parent: StageState): StageState {
  const state = new StageState(planned, parent.toStart());
  state.arguments.push(...parent.arguments);
  for (const [name, value] of parent.environment) state.environment.set(name, value);
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
    identity: { definition: { key: layersKey([]), isCurrent: true }, content: layersKey([]) },
    loadTree: () => Promise.resolve(new FileTree()),
  };
}

/** The base's ONBUILD triggers as instructions; they are used up by this. */
export function takeTriggers(state: StageState): Instruction[] {
  const { planned } = state;
  const triggers = state.config.OnBuild ?? [];
  if (triggers.length === 0 || planned.isReplaced) return [];
  state.config = { ...state.config, OnBuild: null };
  const { location } = planned.stage;
  return triggers.map((trigger) => parseInstruction(trigger, location));
}
