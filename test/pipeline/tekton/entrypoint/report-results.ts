import type { EntrypointOptions } from "./options.ts";
import type { StepFiles } from "./step-files.ts";
import { addEntries, entryTypes, type TerminationEntry } from "./termination.ts";

/**
 * Reads the result files of the Task and then those of the step, and adds each lot to the
 * termination message at once. Files that are not there are left out.
 *
 * @returns the artifacts, which are reported later.
 * @throws MessageTooLong, and Error with Go's words when a file cannot be read. What was added before stays.
 */
export function reportResults(
  options: EntrypointOptions,
  files: StepFiles,
): readonly TerminationEntry[] {
  const { metadataDirectory, results, stepResults, terminationPath } = options;
  for (const [folder, names, type] of [
    ["/tekton/results", results, entryTypes.taskResult],
    [`${metadataDirectory}/results`, stepResults, entryTypes.stepResult],
  ] as const) {
    const keyed = names.map((name) => [name, `${folder}/${name}`] as const);
    const entries = readEntries(files, keyed, type);
    if (entries.length === 0 || options.hasSidecarLogs) continue;
    addEntries(files.place(terminationPath), entries, options.isCompressed);
  }
  if (options.hasSidecarLogs) return [];
  const artifacts = (folder: string, type: number): readonly TerminationEntry[] => {
    const file = `${folder}/provenance.json`;
    return readEntries(files, [[file, file]], type);
  };
  return [
    ...artifacts(`${metadataDirectory}/artifacts`, entryTypes.stepArtifacts),
    ...artifacts("/tekton/artifacts", entryTypes.taskArtifacts),
  ];
}

/** The entries for files that are there, each given with its key. */
function readEntries(
  files: StepFiles,
  keyed: readonly (readonly [string, string])[],
  type: number,
): readonly TerminationEntry[] {
  return keyed.flatMap(([key, file]) => {
    const value = files.read(file);
    return value === undefined ? [] : [{ key, value, type }];
  });
}
