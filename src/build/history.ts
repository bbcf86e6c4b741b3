import type {
  AddInstruction,
  CopyInstruction,
  HealthcheckInstruction,
} from "../dockerfile/instruction.ts";
import { quoteWhole } from "../dockerfile/quote.ts";
import type { DeclaredArgument } from "./stage-state.ts";

/** The comment that marks history entries made from a Dockerfile by BuildKit's rules. */
export const historyComment = "buildkit.dockerfile.v0";

/** `created_by` of a RUN: arguments in scope, each once with its present value, then the command. */
export function describeRun(
  args: readonly string[],
  declared: readonly DeclaredArgument[],
  environment: ReadonlyMap<string, string>,
): string {
  const values = new Map<string, string>();
  for (const { key, value } of declared) values.set(key, environment.get(key) ?? value ?? "");
  const prefix = [...values].map(([key, value]) => `${key}=${value}`);
  const count = prefix.length === 0 ? [] : [`|${prefix.length}`];
  return `RUN ${[...count, ...prefix, ...args].join(" ")} # buildkit`;
}

/** `created_by` of a COPY or ADD; words are expanded, heredocs stand as `<<NAME`. */
export function describeCopy(
  instruction: CopyInstruction | AddInstruction,
  words: { readonly sources: readonly string[]; readonly destination: string },
  flags: { readonly chown: string | undefined; readonly chmod: string | undefined },
): string {
  const parts: string[] = [instruction.type];
  if (instruction.type === "COPY" && instruction.parents) parts.push("--parents");
  if (flags.chown !== undefined) parts.push(`--chown=${flags.chown}`);
  if (flags.chmod !== undefined) parts.push(`--chmod=${flags.chmod}`);
  const inline = instruction.inline.map(({ name }) => `<<${name}`);
  return [...parts, ...words.sources, ...inline, words.destination, "# buildkit"].join(" ");
}

/** A list as Go prints quoted strings: `["a" "b"]`. */
export function quoteList(words: readonly string[]): string {
  return `[${words.map(quoteWhole).join(" ")}]`;
}

/** `created_by` of a HEALTHCHECK, as Go prints the structure. */
export function describeHealthcheck(check: HealthcheckInstruction): string {
  const fields = [
    `Test:[${check.test.join(" ")}]`,
    `Interval:${formatDuration(check.intervalNs ?? 0)}`,
    `Timeout:${formatDuration(check.timeoutNs ?? 0)}`,
    `StartPeriod:${formatDuration(check.startPeriodNs ?? 0)}`,
    `StartInterval:${formatDuration(check.startIntervalNs ?? 0)}`,
    `Retries:${check.retries ?? 0}`,
  ];
  return `HEALTHCHECK {${fields.join(" ")}}`;
}

/** A duration as Go prints it: `1m30s`, `500ms`, `0s`. */
export function formatDuration(nanoseconds: number): string {
  if (nanoseconds === 0) return "0s";
  const size = Math.abs(nanoseconds);
  const sign = nanoseconds < 0 ? "-" : "";
  if (size < 1e3) return `${sign}${size}ns`;
  if (size < 1e6) return `${sign}${size / 1e3}µs`;
  if (size < 1e9) return `${sign}${size / 1e6}ms`;
  const hours = Math.floor(size / 3.6e12);
  const minutes = Math.floor((size % 3.6e12) / 6e10);
  const seconds = (size % 6e10) / 1e9;
  const hourPart = hours > 0 ? `${hours}h` : "";
  const minutePart = hours > 0 || minutes > 0 ? `${minutes}m` : "";
  return `${sign}${hourPart}${minutePart}${seconds}s`;
}
