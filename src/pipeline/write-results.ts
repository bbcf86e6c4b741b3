import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { isBuilderError } from "../errors/builder-error.ts";
import { writeAtomically } from "../support/atomic-file.ts";
import { type PushedImage, type ResultName, resultTexts } from "./results.ts";

/** Where results go, and what they may take. */
export interface ResultPlaces {
  /** A file for each result that is wanted. */
  readonly files: ReadonlyMap<ResultName, string>;
  /** Whether a pipeline takes them, and no more than `resultLimitBytes` together. */
  readonly isLimited: boolean;
  /** A directory that later steps have too, for results that are too long; undefined where there is none. */
  readonly workspace: string | undefined;
}

/**
 * All results of a Tekton step, and what Tekton itself has to say, share 4096 bytes of JSON; over
 * that a step fails although its image is pushed. Other steps of the Task need some of it too.
 */
export const resultLimitBytes = 3072;

/**
 * Writes results, each in one move, without a newline. Call it when registries have the image, or with
 * undefined when nothing was pushed: results are empty then. Where all are longer than
 * `resultLimitBytes`, the longest are written to files in the workspace, and the results are their
 * paths. Gives what the user should be warned of, a sentence each.
 *
 * @throws FILESYSTEM_FAILED, FILESYSTEM_NO_SPACE
 */
export async function writeResults(
  { files, isLimited, workspace }: ResultPlaces,
  pushed: PushedImage | undefined,
): Promise<readonly string[]> {
  const texts = resultTexts(pushed);
  const results = new Map([...files.keys()].map((name) => [name, texts[name]]));
  const warnings: string[] = [];
  for (const [name, text] of byLength(results)) {
    if (!isLimited || sizeOf(results) <= resultLimitBytes) break;
    const { result, warning } = await moveToWorkspace(name, text, workspace);
    results.set(name, result);
    warnings.push(warning);
  }
  for (const [name, path] of files) {
    const text = results.get(name) ?? "";
    // An empty text is no object for Tekton; a result that is not there is none for anyone.
    if (name === "base-image" && text === "") continue;
    await writeAtomically(path, (file) => writeFile(file, text));
  }
  return warnings;
}

function byLength(results: ReadonlyMap<ResultName, string>): [ResultName, string][] {
  return [...results].toSorted(([, one], [, other]) => other.length - one.length);
}

/** The bytes of all results in Tekton's message, `{"key":...,"value":...,"type":1},` each. */
function sizeOf(results: ReadonlyMap<ResultName, string>): number {
  const entries = [...results].map(([key, value]) => ({ key: key.toUpperCase(), value, type: 1 }));
  return Buffer.byteLength(JSON.stringify(entries));
}

/** The image is pushed: what cannot be said in full is no reason to fail. */
async function moveToWorkspace(
  name: ResultName,
  text: string,
  workspace: string | undefined,
): Promise<{ result: string; warning: string }> {
  const tooLong = `the result ${name} of ${text.length} bytes is too long for the pipeline`;
  if (workspace === undefined) {
    return { result: "", warning: `${tooLong}, and there is no workspace to write it to` };
  }
  const path = join(workspace, `slipway-${name}.txt`);
  try {
    await writeAtomically(path, (file) => writeFile(file, text));
  } catch (error) {
    if (!isBuilderError(error)) throw error;
    return { result: "", warning: `${tooLong}, and ${error.message}` };
  }
  return { result: path, warning: `${tooLong}: it is in ${path}` };
}
