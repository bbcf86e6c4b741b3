import path from "node:path";

const root = path.resolve(import.meta.dirname, "../../..");

/**
 * The folder of recorded answers of Tekton and Argo: `pipelines` in the folder that SLIPWAY_VECTORS names,
 * else in `../shared/vectors` beside the repository. Its README describes the cases.
 */
export const pipelineVectors = path.resolve(
  root,
  process.env["SLIPWAY_VECTORS"] ?? "../shared/vectors",
  "pipelines",
);
