import { type PipelineEngine, provideWorkspace } from "./engine.ts";

const executorDirectory = "/var/run/argo";

/**
 * Argo Workflows with its emissary executor. It prescribes no place for outputs: a template names
 * the files, and so gives them as `--result` too.
 */
export const argo: PipelineEngine = {
  name: "argo",
  isAround: ({ exists }) => exists(executorDirectory),
  provide: (surroundings) => {
    const progressFile = surroundings.environment["ARGO_PROGRESS_FILE"] ?? "";
    const progress = { texts: [progressFile], origin: "$ARGO_PROGRESS_FILE" };
    return {
      ...provideWorkspace(surroundings),
      ...(progressFile === "" ? {} : { "progress-file": progress }),
    };
  },
  scratchDirectory: executorDirectory,
};
