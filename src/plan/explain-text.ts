import type { PlanExplanation, StageExplanation, StageUse, StepEffect } from "./explain.ts";

const workByEffect: Readonly<Record<StepEffect, string>> = {
  command: "needs a root",
  layer: "makes layers without a root",
  metadata: "changes metadata only",
};

/** Renders an explained plan for people. Ends in a newline. */
export function formatPlan(plan: PlanExplanation): string {
  const target = plan.stages[plan.target]?.name ?? "";
  const blocks = plan.stages.map((stage) => formatStage(stage, plan));
  return `${[`target: ${target}`, ...blocks].join("\n\n")}\n`;
}

function formatStage(stage: StageExplanation, plan: PlanExplanation): string {
  const { base, index, location, name, platform, steps, uses } = stage;
  const on = platform === undefined ? "" : ` on ${platform}`;
  const head = `stage ${index}: ${name} (${location.file}:${location.firstLine}), from ${base}${on}`;
  if (uses.length === 0) return `${head}\n  pruned: the target does not need it`;
  const numbers = steps.map((step) => String(step.location.firstLine));
  const width = Math.max(0, ...numbers.map((number) => number.length));
  const lines = steps.map(({ effect, instruction, isTrigger }, at) => {
    const source = instruction.replaceAll(/\s+/g, " ");
    const line = (numbers[at] ?? "").padStart(width);
    return `    ${line}  ${effect.padEnd("metadata".length)}  ${isTrigger ? "ONBUILD " : ""}${source}`;
  });
  const reasons = uses.map((use) => `  built: ${formatUse(use, plan)}`);
  return [head, ...reasons, `  ${workOf(stage)}`, ...lines].join("\n");
}

function formatUse({ kind, stage, location }: StageUse, plan: PlanExplanation): string {
  if (kind === "target" || stage === undefined) return "it is the target";
  const verb = kind === "base" ? "starts from it" : "takes files from it";
  return `${plan.stages[stage]?.name ?? ""} ${verb} (line ${location.firstLine})`;
}

function workOf({ effect, steps }: StageExplanation): string {
  if (effect === undefined) return "passes its base on";
  if (effect !== "command") return workByEffect[effect];
  const command = steps.find((step) => step.effect === "command");
  return `${workByEffect.command}: RUN at line ${command?.location.firstLine ?? 0}`;
}
