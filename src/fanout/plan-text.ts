import { formatReference } from "../image/reference.ts";
import type { KeptStage } from "./cut-stages.ts";
import type { Unit } from "./unit.ts";

/** Units in waves, and the stages that are no units. */
export interface FanOutPlan {
  readonly waves: readonly (readonly Unit[])[];
  readonly kept: readonly KeptStage[];
}

/** A unit for the engines of pipelines, which take flat objects of texts at most. */
export interface UnitDescription {
  readonly unit: string;
  readonly kind: Unit["kind"];
  readonly name: string;
  /** Empty where it is that of the machine. */
  readonly platform: string;
  /** The first one. */
  readonly destination: string;
}

/** What a plan says as JSON. */
export function describePlan({ waves }: FanOutPlan): {
  readonly waves: readonly (readonly UnitDescription[])[];
} {
  return { waves: waves.map((wave) => wave.map(describeUnit)) };
}

/** Renders a plan for people. Ends in a newline. */
export function formatFanOut({ waves, kept }: FanOutPlan): string {
  const width = Math.max(0, ...waves.flat().map(({ id }) => id.length));
  const blocks = waves.map((wave, index) => {
    const units = wave.map((unit) =>
      `  ${unit.id.padEnd(width)}  ${describeUnit(unit).destination}`.trimEnd(),
    );
    return [`wave ${index + 1}`, ...units];
  });
  const inside = kept.map(({ label, reason }) => `  ${label}: ${reason}`);
  const title = "stages that are built inside those that use them";
  if (inside.length > 0) blocks.push([title, ...inside]);
  return `${blocks.map((lines) => lines.join("\n")).join("\n\n")}\n`;
}

function describeUnit({ id, kind, name, platform = "", destinations }: Unit): UnitDescription {
  const [first] = destinations;
  const destination = first === undefined ? "" : formatReference(first);
  return { unit: id, kind, name, platform, destination };
}
