import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import type { CredentialsAnswer } from "../../src/registry/credentials/credentials.ts";

/** What the sources of the clouds said of one repository. */
export interface CloudOutcome {
  readonly answer?: CredentialsAnswer;
  readonly error?: { readonly code: string; readonly message: string };
  /** All so far. */
  readonly warnings: readonly string[];
}

const run = promisify(execFile);
/** What asks: a program that prints outcomes. */
export const cloudProgram = fileURLToPath(new URL("ask-cloud-sources.ts", import.meta.url));

/** What keeps SDKs from looking for a metadata server of the machine that the tests run on. */
const nowhere = { AWS_EC2_METADATA_DISABLED: "true", METADATA_SERVER_DETECTION: "none" };

/**
 * Asks the sources of the clouds, with the real SDKs, for the credentials of each of `names` in turn; after
 * `anew:`, when they have been told to forget those that they gave before.
 * The process has nothing of the tests' own environment.
 */
export async function askClouds(
  names: readonly string[],
  environment: Readonly<Record<string, string>>,
  program: string = cloudProgram,
): Promise<readonly CloudOutcome[]> {
  const coverage = process.env["NODE_V8_COVERAGE"];
  const { stdout, stderr } = await run(process.execPath, [program, ...names], {
    env: {
      HOME: "/nonexistent",
      ...nowhere,
      ...(coverage === undefined ? {} : { NODE_V8_COVERAGE: coverage }),
      ...environment,
    },
  });
  if (stderr !== "") throw new Error(`there is something on stderr: ${stderr}`);
  return JSON.parse(stdout) as CloudOutcome[];
}

/** As `askClouds`, for one repository. */
export async function askCloud(
  name: string,
  environment: Readonly<Record<string, string>>,
): Promise<CloudOutcome> {
  const [outcome] = await askClouds([name], environment);
  if (outcome === undefined) throw new Error("there is no outcome");
  return outcome;
}
