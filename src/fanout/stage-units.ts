import { digestOf, hexOf } from "../image/digest.ts";
import { formatFullPlatform } from "../image/platform.ts";
import { formatReference, type ImageReference } from "../image/reference.ts";
import type { BuildPlan, PlanRequest } from "../plan/build-plan.ts";
import type { PlannedStage } from "../plan/planned-stage.ts";
import { cutStages, type KeptStage, type StageCut } from "./cut-stages.ts";
import type { Unit } from "./unit.ts";

/** Builds a stage of a Dockerfile, or at last its target. */
export interface StageUnit extends Unit {
  readonly kind: "build" | "stage";
  /** The stage to build; undefined for the target that was asked for. */
  readonly target: string | undefined;
  /** The images that stand for stages which other units have built, by their names. */
  readonly contexts: ReadonlyMap<string, ImageReference>;
}

/** The units of a Dockerfile, and the stages that are no units. */
export interface StageUnits {
  readonly units: readonly StageUnit[];
  readonly kept: readonly KeptStage[];
}

/** What a Dockerfile is taken apart for. */
export interface StageUnitsRequest {
  readonly plan: BuildPlan;
  /** The Dockerfile's bytes. */
  readonly source: Uint8Array;
  readonly buildArgs: PlanRequest["buildArgs"];
  /** At least one, each with a tag. */
  readonly destinations: readonly ImageReference[];
  /** What tells this run of a pipeline from all others. */
  readonly runId: string;
}

/** The id of the unit that builds the target. */
const targetId = "target";

/**
 * Takes a Dockerfile apart: a unit for each stage that can be built by itself (see `cutStages`), and one for
 * the target. Stages are pushed to the first destination's repository, under tags that are the same in all
 * pods of a run and in no other run.
 *
 * @throws DOCKERFILE_SYNTAX for a malformed trigger
 */
export async function unitsOfStages(request: StageUnitsRequest): Promise<StageUnits> {
  const { plan, destinations } = request;
  const found = await cutStages(plan);
  const images = new Map(found.cut.map((stage) => [stage.index, imageOf(stage, request)]));
  const target = plan.stages[plan.target];
  const { targetPlatform } = plan;
  const stages = found.cut.map(
    (stage): StageUnit => ({
      id: idOf(stage),
      kind: "stage",
      name: stage.label,
      platform: formatFullPlatform(stage.platform ?? targetPlatform),
      destinations: [images.get(stage.index)].filter((image) => image !== undefined),
      target: stage.label,
      ...takenBy(stage.index, found, images),
    }),
  );
  const last: StageUnit = {
    id: targetId,
    kind: "build",
    name: target?.label ?? "",
    platform: formatFullPlatform(targetPlatform),
    destinations,
    target: undefined,
    ...takenBy(plan.target, found, images),
  };
  return { units: [...stages, last], kept: found.kept };
}

function idOf({ label }: PlannedStage): string {
  return `stage:${label}`;
}

/** The units whose images stand for stages where stage `index` is built with all that is no unit. */
function takenBy(
  index: number,
  { cut, usedBy }: StageCut,
  images: ReadonlyMap<number, ImageReference>,
): Pick<StageUnit, "contexts" | "needs"> {
  const taken = new Set<number>();
  const seen = new Set<number>();
  const visit = (stage: number): void => {
    if (seen.has(stage)) return;
    seen.add(stage);
    for (const used of usedBy(stage)) {
      if (images.has(used)) taken.add(used);
      else visit(used);
    }
  };
  visit(index);
  const stages = cut.filter((stage) => taken.has(stage.index));
  return {
    needs: stages.map(idOf),
    contexts: new Map(
      stages.flatMap((stage) => {
        const image = images.get(stage.index);
        return image === undefined ? [] : [[stage.label, image] as const];
      }),
    ),
  };
}

function imageOf({ label }: PlannedStage, request: StageUnitsRequest): ImageReference {
  const { plan, source, buildArgs, destinations, runId } = request;
  const [{ registry, path }] = destinations as [ImageReference];
  // All that tells builds of one run apart which push to this repository.
  const identity = [
    runId,
    label,
    plan.stages[plan.target]?.label,
    digestOf(source),
    formatFullPlatform(plan.targetPlatform),
    destinations.map(formatReference),
    [...buildArgs].toSorted(([a], [b]) => (a < b ? -1 : 1)),
  ];
  const hash = hexOf(digestOf(JSON.stringify(identity))).slice(0, 16);
  return { registry, path, tag: `stage-${label.slice(0, 60)}-${hash}` };
}
