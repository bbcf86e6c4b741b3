import { pipelineChoices } from "../../pipeline/detect-engine.ts";
import { resultNames } from "../../pipeline/results.ts";
import type { FlagTable } from "./flag.ts";

const group = "Pipelines";

/** The flags of every command that works in a pipeline. */
export const pipelineFlags = {
  pipeline: {
    kind: "text",
    value: "ENGINE",
    default: "auto",
    choices: pipelineChoices,
    group,
    description: "Whose conventions apply where a flag is not given",
  },
  workspace: {
    kind: "text",
    value: "PATH",
    group,
    description:
      "The directory that the context and the Dockerfile are looked for in first; in a pipeline, the step's working directory",
  },
} as const satisfies FlagTable;

/** The flags of commands that give a pipeline an image. */
export const resultFlags = {
  result: {
    kind: "list",
    value: "NAME=FILE",
    group,
    description: `After the push, write a result without a newline: ${resultNames.join(", ")}; empty when nothing was pushed. In Tekton, the Task's results`,
  },
  "progress-file": {
    kind: "text",
    value: "FILE",
    group,
    description: "Write N/M while N of M steps are done; in Argo, what $ARGO_PROGRESS_FILE names",
  },
} as const satisfies FlagTable;
