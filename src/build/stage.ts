import type { Instruction } from "../dockerfile/instruction.ts";
import { parseInstruction } from "../dockerfile/parse.ts";
import { FileTree } from "../filetree/tree.ts";
import { defaultPath } from "../image/environment.ts";
import { fromsOf, type PlannedStage, resolveFrom } from "../plan/build-plan.ts";
import { type BuildScope, StepScope } from "./scope.ts";
import { type StageStart, StageState } from "./stage-state.ts";
import { runStep } from "./steps/run-step.ts";
import { assertInstructionSupported } from "./unsupported.ts";

/**
 * Builds one stage: its base, the base's ONBUILD triggers, its own instructions in order. Stages
 * that it copies from are started at once, and waited for where they are needed.
 */
export async function buildStage(planned: PlannedStage, build: BuildScope): Promise<StageState> {
  const { log } = build.ports;
  const state = await startStage(planned, build);
  const instructions = [...takeTriggers(state), ...planned.stage.instructions];
  startSources(instructions, planned, build);
  for (const [index, instruction] of instructions.entries()) {
    build.signal.throwIfAborted();
    log.info(instruction.source.split("\n", 1)[0] ?? "", {
      stage: planned.label,
      step: `${index + 1}/${instructions.length}`,
    });
    const scope = new StepScope(build, state, instruction);
    await scope.locate(() => runStep(instruction, scope));
  }
  return state;
}

async function startStage(planned: PlannedStage, build: BuildScope): Promise<StageState> {
  const { base } = planned;
  build.ports.log.info(`FROM ${planned.stage.base}`, { stage: planned.label });
  if (base.kind === "stage") {
    const parent = await build.stage(base.index);
    const state = new StageState(planned, parent.toStart(), parent.baseLayerCount);
    state.arguments.push(...parent.arguments);
    for (const [name, value] of parent.environment) state.environment.set(name, value);
    return state;
  }
  if (base.kind === "scratch") return new StageState(planned, scratch(planned, build), 0);
  const start = await build.baseImage(planned.index);
  return new StageState(planned, start, start.layers.length);
}

function scratch(planned: PlannedStage, build: BuildScope): StageStart {
  return {
    platform: planned.platform ?? build.request.targetPlatform,
    author: undefined,
    osVersion: undefined,
    created: undefined,
    config: { Env: [`PATH=${defaultPath}`], WorkingDir: "/" },
    history: [],
    layers: [],
    loadTree: () => Promise.resolve(new FileTree()),
  };
}

/** The base's ONBUILD triggers as instructions; they are used up by this. */
function takeTriggers(state: StageState): Instruction[] {
  const triggers = state.config.OnBuild ?? [];
  if (triggers.length === 0) return [];
  state.config = { ...state.config, OnBuild: null };
  const { location } = state.planned.stage;
  const instructions = triggers.map((trigger) => parseInstruction(trigger, location));
  instructions.forEach(assertInstructionSupported);
  return instructions;
}

function startSources(
  instructions: readonly Instruction[],
  planned: PlannedStage,
  build: BuildScope,
): void {
  for (const instruction of instructions) {
    for (const from of fromsOf(instruction)) {
      const source = resolveFrom(from, planned.index, build.plan, instruction);
      if (source.kind === "stage") void build.stage(source.index);
    }
  }
}
