import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

/** A context that was fetched, or why not. */
export interface FetchOutcome {
  /** Contents by path; those of directories are `/`. */
  readonly files: Readonly<Record<string, string>>;
  readonly dockerfile?: string;
  readonly error?: { readonly code: string; readonly message: string; readonly hint: string };
  /** What was logged. */
  readonly log: readonly string[];
}

const run = promisify(execFile);
/** What fetches: a program that prints an outcome. */
export const fetchProgram = fileURLToPath(new URL("fetch-context.ts", import.meta.url));

/** What keeps SDKs from looking for a metadata server of the machine that the tests run on. */
const nowhere = { AWS_EC2_METADATA_DISABLED: "true", METADATA_SERVER_DETECTION: "none" };

export interface FetchSettings {
  /** The most files that may be in it. */
  readonly entries?: number;
  readonly program?: string;
}

/**
 * Fetches a context in a process that has nothing of the tests' own environment; failures are retried twice, at
 * once.
 */
export async function fetchContextOf(
  location: string,
  environment: Readonly<Record<string, string>>,
  { entries = 1000, program = fetchProgram }: FetchSettings = {},
): Promise<FetchOutcome> {
  const coverage = process.env["NODE_V8_COVERAGE"];
  const { stdout, stderr } = await run(process.execPath, [program, String(entries), location], {
    env: {
      HOME: "/nonexistent",
      ...nowhere,
      ...(coverage === undefined ? {} : { NODE_V8_COVERAGE: coverage }),
      ...environment,
    },
    timeout: 60_000,
  });
  if (stderr !== "") throw new Error(`there is something on stderr: ${stderr}`);
  return JSON.parse(stdout) as FetchOutcome;
}
