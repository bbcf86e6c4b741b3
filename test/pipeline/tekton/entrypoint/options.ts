import { parseDuration } from "./duration.ts";

/** What the entrypoint is told besides the command. Paths are those that the step sees. */
export interface EntrypointOptions {
  readonly waitFiles: readonly string[];
  /** Whether a file that is waited for has to hold something. */
  readonly needsContent: boolean;
  readonly postFile: string;
  readonly terminationPath: string;
  readonly metadataDirectory: string;
  /** Names of results of the Task. */
  readonly results: readonly string[];
  /** Names of results of the step. */
  readonly stepResults: readonly string[];
  /** No limit where it is 0. */
  readonly timeoutMilliseconds: number;
  readonly continuesOnError: boolean;
  readonly whenExpressions: readonly WhenExpression[];
  /** Whether results are read by a sidecar, and not through the termination message. */
  readonly hasSidecarLogs: boolean;
  readonly isCompressed: boolean;
  readonly credentials: CredentialOptions;
}

/** A condition of the step. */
export interface WhenExpression {
  readonly input: string;
  readonly operator: string;
  readonly values: readonly string[];
}

/** Secrets of the service account that become one Docker configuration. */
export interface CredentialOptions {
  /** Each `SECRET=URL`. */
  readonly basic: readonly string[];
  /** Secrets with a `.dockerconfigjson`. */
  readonly configs: readonly string[];
  /** Secrets with a `.dockercfg`. */
  readonly legacyConfigs: readonly string[];
}

const switches = new Set(["wait_file_content", "compress_termination_message"]);
const settings = new Set([
  "wait_file",
  "post_file",
  "termination_path",
  "step_metadata_dir",
  "results",
  "step_results",
  "timeout",
  "on_error",
  "when_expressions",
  "result_from",
  "basic-docker",
  "docker-config",
  "docker-cfg",
  "basic-git",
  "ssh-git",
]);

/**
 * Reads the entrypoint's options as Go's flags are read: one or two hyphens, the value after `=` or
 * in the next argument. Options of the entrypoint that are not emulated are an error.
 */
export function parseOptions(args: readonly string[]): EntrypointOptions {
  const given = collect(args);
  const one = (name: string): string => given.get(name)?.at(-1) ?? "";
  const list = (name: string): readonly string[] => one(name).split(",").filter(isGiven);
  return {
    waitFiles: list("wait_file"),
    needsContent: one("wait_file_content") === "true",
    postFile: one("post_file"),
    terminationPath: one("termination_path"),
    metadataDirectory: one("step_metadata_dir"),
    results: list("results"),
    stepResults: list("step_results"),
    timeoutMilliseconds: parseDuration(one("timeout") || "0"),
    continuesOnError: one("on_error") === "continue",
    whenExpressions: JSON.parse(one("when_expressions") || "[]") as WhenExpression[],
    hasSidecarLogs: one("result_from") === "sidecar-logs",
    isCompressed: one("compress_termination_message") === "true",
    credentials: {
      basic: given.get("basic-docker") ?? [],
      configs: given.get("docker-config") ?? [],
      legacyConfigs: given.get("docker-cfg") ?? [],
    },
  };
}

/** The values of each option, in their order. */
function collect(args: readonly string[]): ReadonlyMap<string, string[]> {
  const given = new Map<string, string[]>();
  const rest = [...args];
  for (let arg = rest.shift(); arg !== undefined; arg = rest.shift()) {
    const [, name = "", value] = /^--?([^=]+)(?:=(.*))?$/s.exec(arg) ?? [];
    if (!switches.has(name) && !settings.has(name)) {
      throw new Error(`the entrypoint's option '${arg}' is not emulated`);
    }
    const found = value ?? (switches.has(name) ? "true" : (rest.shift() ?? ""));
    given.set(name, [...(given.get(name) ?? []), found]);
  }
  return given;
}

function isGiven(text: string): boolean {
  return text !== "";
}
