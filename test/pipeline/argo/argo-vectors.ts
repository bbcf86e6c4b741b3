import { existsSync, readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { pipelineVectors } from "../tekton/vectors.ts";

/** Whether this machine has the vectors of pipelines; they are data of others. */
export const hasPipelineVectors = existsSync(pipelineVectors);

/** The text of a file of the vectors of pipelines. */
export function readVectorFile(name: string): string {
  return readFileSync(path.join(pipelineVectors, name), "utf8");
}

/** What a folder of the vectors of pipelines holds; nothing where there is none. */
export function vectorNames(folder: string): readonly string[] {
  return hasPipelineVectors ? readdirSync(path.join(pipelineVectors, folder)).toSorted() : [];
}
