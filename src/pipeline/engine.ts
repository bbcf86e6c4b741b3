/** Environment variables, as `process.env` has them. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** What an engine is recognised by; tests make it up. */
export interface Surroundings {
  readonly environment: Environment;
  /** Absolute. */
  readonly workingDirectory: string;
  /** Whether there is anything at an absolute path. */
  readonly exists: (path: string) => boolean;
}

/** Texts for a flag, and where they are from, to be shown. */
export interface ProvidedValue {
  readonly texts: readonly string[];
  readonly origin: string;
}

/** Values of flags by name. */
export type ProvidedValues = Readonly<Record<string, ProvidedValue>>;

/** A pipeline engine, and what its conventions say to a step. */
export interface PipelineEngine {
  readonly name: "tekton" | "argo";
  /** Whether this process is a step of it. */
  readonly isAround: (surroundings: Surroundings) => boolean;
  /** Weaker than flags and environment, stronger than defaults. */
  readonly provide: (surroundings: Surroundings) => ProvidedValues;
  /** A directory that it mounts, and that anybody may write to. */
  readonly scratchDirectory: string;
  /** Where it puts a docker `config.json` with credentials of its own. */
  readonly credentialDirectory?: string;
}

/**
 * The workspace, which is the context as well unless a flag says otherwise: the directory that the step
 * was started in, or the usual one where that says nothing.
 */
export function provideWorkspace(surroundings: Surroundings): ProvidedValues {
  const { exists, workingDirectory } = surroundings;
  const usual = "/workspace/source";
  const isChosen = !["/", "/workspace"].includes(workingDirectory);
  if (!isChosen && !exists(usual)) return {};
  const workspace = isChosen
    ? { texts: [workingDirectory], origin: "the step's working directory" }
    : { texts: [usual], origin: "the usual place of a workspace" };
  return { workspace, context: workspace };
}
