import { BuilderError } from "../errors/builder-error.ts";
import { redact } from "../errors/redact.ts";
import type { LogFields } from "./logger.ts";

const secretName = /pass(word|wd)?$|secret|token|authorization|credential|cookie|^auth$/i;
const maxDepth = 5;

/**
 * Returns `fields` as they may be logged: texts pass through `redact`, values whose name says that
 * they are secret are hidden, errors become their name, code and message.
 */
export function redactFields(fields: LogFields): Record<string, unknown> {
  return redactRecord(fields, 0);
}

function redactRecord(record: object, depth: number): Record<string, unknown> {
  const entries = Object.entries(record).filter(([, value]) => value !== undefined);
  return Object.fromEntries(
    entries.map(([name, value]) => [
      name,
      secretName.test(name) ? "***" : redactValue(value, depth),
    ]),
  );
}

function redactValue(value: unknown, depth: number): unknown {
  if (typeof value === "string") return redact(value);
  if (typeof value === "bigint") return value.toString();
  if (typeof value !== "object" || value === null) return value;
  if (value instanceof Uint8Array) return `${value.length} bytes`;
  if (value instanceof Error) return describeError(value);
  if (depth >= maxDepth) return "...";
  if (value instanceof Map) return redactRecord(Object.fromEntries(value), depth + 1);
  if (Array.isArray(value)) return value.map((item) => redactValue(item, depth + 1));
  return redactRecord(value, depth + 1);
}

function describeError(error: Error): Record<string, unknown> {
  const code = error instanceof BuilderError ? { code: error.code } : {};
  return { name: error.name, ...code, message: redact(error.message) };
}
