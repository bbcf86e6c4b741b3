import { argo } from "./argo.ts";
import type { PipelineEngine, Surroundings } from "./engine.ts";
import { tekton } from "./tekton.ts";

/** All engines that slipway knows the conventions of. */
const engines: readonly PipelineEngine[] = [tekton, argo];

/** What `--pipeline` takes. */
export const pipelineChoices = ["auto", "tekton", "argo", "none"] as const;

/** The engine that is named, or with `auto` the one that this process is a step of. */
export function findEngine(
  choice: (typeof pipelineChoices)[number],
  surroundings: Surroundings,
): PipelineEngine | undefined {
  return choice === "auto"
    ? engines.find((engine) => engine.isAround(surroundings))
    : engines.find(({ name }) => name === choice);
}
