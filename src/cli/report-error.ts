import { type BuilderError, isBuilderError } from "../errors/builder-error.ts";
import { errorCodes } from "../errors/codes.ts";
import { CommandError, type RefusedWay } from "../errors/command-error.ts";
import { InternalError } from "../errors/internal-error.ts";
import { redact } from "../errors/redact.ts";
import type { SourceLocation } from "../errors/source-location.ts";
import type { LogFormat } from "../log/levels.ts";

export interface ErrorReport {
  readonly format: LogFormat;
  /** Texts of Dockerfiles, by the name that locations have. */
  readonly sources: ReadonlyMap<string, string>;
}

/** Lines of the Dockerfile that are shown before and after those of the error. */
const contextLines = 2;

/** Returns `error` as one of the family: anything unexpected is a defect of slipway. */
export function asBuilderError(error: unknown): BuilderError {
  if (isBuilderError(error)) return error;
  // What went wrong first says more than what cleaning up then met.
  if (error instanceof SuppressedError) return asBuilderError(error.suppressed);
  const message = error instanceof Error ? error.message : String(error);
  return new InternalError(`something unexpected happened: ${message}`, error);
}

/** Renders the error that a run ended with: lines for people, or one JSON object. Ends in a newline. */
export function formatError(error: BuilderError, report: ErrorReport): string {
  return report.format === "json" ? formatJson(error) : formatText(error, report);
}

function formatText(error: BuilderError, { format, sources }: ErrorReport): string {
  const word = format === "color" ? "\u001B[31merror\u001B[39m" : "error";
  const lines = [
    `${word}: ${error.message} (${error.code})`,
    ...excerptOf(error.location, sources),
    ...lastLines(error),
    ...refusalsOf(error).map(({ rung, reason }) => `  ${rung}: ${reason}`),
    ...stack(error),
    ...hintLines(error),
  ];
  return `${lines.join("\n")}\n`;
}

function formatJson(error: BuilderError): string {
  const { code, message, location, exitCode } = error;
  const output = error instanceof CommandError ? { lastLines: error.lastLines } : {};
  const refusals = refusalsOf(error);
  const stackLines = stack(error);
  return `${JSON.stringify({
    level: "error",
    time: new Date().toISOString(),
    msg: message,
    code,
    exitCode,
    hint: hintOf(error),
    ...(location === undefined ? {} : { location }),
    ...output,
    ...(refusals.length === 0 ? {} : { refusals }),
    ...(stackLines.length === 0 ? {} : { stack: stackLines.join("\n") }),
  })}\n`;
}

function hintOf(error: BuilderError): string {
  return error.hint ?? errorCodes[error.code].hint;
}

/** A hint of several remedies has a line for each, that which asks the least of the pod first. */
function hintLines(error: BuilderError): string[] {
  const refusals = refusalsOf(error);
  if (refusals.length === 0) return [`hint: ${hintOf(error)}`];
  const remedies = refusals.map(({ rung, remedy }) => `  for ${rung}: ${remedy}`);
  return [
    "hint: one of these permits it; slipway doctor shows more",
    ...new Set(remedies.toReversed()),
  ];
}

function refusalsOf(error: BuilderError): readonly RefusedWay[] {
  return error instanceof CommandError ? error.refusals : [];
}

/** `Dockerfile:LINE`, and where the text is known the lines around it, those meant marked with `>`. */
export function excerptOf(
  location: SourceLocation | undefined,
  sources: ReadonlyMap<string, string>,
): string[] {
  if (location === undefined) return [];
  const heading = `${location.file}:${location.firstLine}`;
  const source = sources.get(location.file)?.trimEnd().split(/\r?\n/);
  if (source === undefined) return [heading];
  const first = Math.max(1, location.firstLine - contextLines);
  const last = Math.min(source.length, location.lastLine + contextLines);
  const width = String(last).length;
  const shown = source.slice(first - 1, last).map((text, index) => {
    const number = first + index;
    const meant = number >= location.firstLine && number <= location.lastLine;
    return `${meant ? ">" : " "} ${String(number).padStart(width)} | ${redact(text)}`.trimEnd();
  });
  return [heading, ...shown];
}

function lastLines(error: BuilderError): string[] {
  if (!(error instanceof CommandError) || error.lastLines.length === 0) return [];
  return ["last output:", ...error.lastLines.map((line) => `  ${line}`)];
}

/** Where a defect shows: of no use to anybody for the other errors. */
function stack(error: BuilderError): string[] {
  if (error.code !== "INTERNAL") return [];
  const origin = error.cause instanceof Error ? error.cause : error;
  return redact(origin.stack ?? "").split("\n");
}
