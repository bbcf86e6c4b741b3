import type { Instruction } from "../dockerfile/instruction.ts";
import { DockerfileError } from "../errors/dockerfile-error.ts";
import type { PlannedStage } from "./planned-stage.ts";
import { findStage, fromsOf } from "./resolve-from.ts";

/** The stages that one stage takes files from, by index, and the last instruction that does. */
export type StageSources = ReadonlyMap<number, Instruction>;

/**
 * What each stage takes from others, in whatever order they stand. A stage that a named context
 * replaces is none.
 *
 * @throws DOCKERFILE_INVALID for a number that is no stage's
 */
export function sourcesByStage(stages: readonly PlannedStage[]): StageSources[] {
  return stages.map(({ stage }) => {
    const sources = new Map<number, Instruction>();
    for (const instruction of stage.instructions) {
      for (const from of fromsOf(instruction)) {
        const source = findStage(from, stages, instruction);
        const isStage = source !== undefined && stages[source]?.isReplaced === false;
        if (isStage) sources.set(source, instruction);
      }
    }
    return sources;
  });
}

/**
 * Checks that no stage takes files from itself by way of others.
 *
 * @throws DOCKERFILE_INVALID with the places of all instructions that lead there
 */
export function assertAcyclic(
  stages: readonly PlannedStage[],
  sources: readonly StageSources[],
): void {
  const visited = new Set<number>();
  for (const { index, label } of stages) {
    const [first, ...others] = wayIntoCircle(index, sources, visited);
    if (first === undefined) continue;
    throw new DockerfileError(
      "DOCKERFILE_INVALID",
      `circular dependency detected on stage: ${label}`,
      { location: first.location, others: others.map(({ location }) => location) },
    );
  }
}

/** The instructions that lead from a stage into a circle, in file order; none where they do not. */
function wayIntoCircle(
  start: number,
  sources: readonly StageSources[],
  visited: Set<number>,
): Instruction[] {
  const way: { index: number; rest: IterableIterator<[number, Instruction]>; by?: Instruction }[] =
    [];
  const enter = (index: number, by?: Instruction): void => {
    visited.add(index);
    const rest = (sources[index] ?? new Map<number, Instruction>()).entries();
    way.push({ index, rest, ...(by === undefined ? {} : { by }) });
  };
  if (!visited.has(start)) enter(start);
  for (let last = way.at(-1); last !== undefined; last = way.at(-1)) {
    const next = last.rest.next();
    if (next.done === true) {
      way.pop();
      continue;
    }
    const [index, by] = next.value;
    if (way.some((step) => step.index === index)) {
      const all = [...way.flatMap((step) => step.by ?? []), by];
      return all.toSorted((a, b) => a.location.firstLine - b.location.firstLine);
    }
    if (!visited.has(index)) enter(index, by);
  }
  return [];
}
