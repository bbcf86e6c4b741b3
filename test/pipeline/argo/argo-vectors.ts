import { existsSync, readdirSync, readFileSync } from "node:fs";
import path from "node:path";

const root = path.resolve(import.meta.dirname, "../../..");
const vectors = path.resolve(root, process.env["SLIPWAY_VECTORS"] ?? "../shared/vectors");

/** Whether this machine has the vectors of pipelines; they are data of others. */
export const hasPipelineVectors = existsSync(path.join(vectors, "pipelines"));

/** The text of a file of the vectors of pipelines. */
export function readVectorFile(name: string): string {
  return readFileSync(path.join(vectors, "pipelines", name), "utf8");
}

/** What a folder of the vectors of pipelines holds; nothing where there is none. */
export function vectorNames(folder: string): readonly string[] {
  return hasPipelineVectors ? readdirSync(path.join(vectors, "pipelines", folder)).toSorted() : [];
}
