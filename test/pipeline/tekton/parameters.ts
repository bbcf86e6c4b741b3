import type { Param, ParamSpec } from "./manifests.ts";
import { isList, isText, type ParamValue } from "./substitute.ts";

/**
 * Reads a parameter's value as Tekton does: a list that holds anything but texts is one text, as are
 * numbers and booleans.
 */
export function paramValue(value: unknown): ParamValue {
  if (isText(value)) return value;
  if (Array.isArray(value) && value.every(isText)) return value;
  if (isTextRecord(value)) return value;
  return JSON.stringify(value);
}

/** `string`, `array` or `object`. */
export function typeOfValue(value: ParamValue): string {
  if (typeof value === "string") return "string";
  return isList(value) ? "array" : "object";
}

/** A declared parameter's type: the one it names, or what its default or its properties imply. */
export function typeOfSpec({ type, properties, default: fallback }: ParamSpec): string {
  if (type !== undefined) return type;
  if (properties !== undefined) return "object";
  return fallback === undefined ? "string" : typeOfValue(paramValue(fallback));
}

/** The values of parameters by their names: the given ones over the defaults, objects key by key. */
export function paramValues(
  specs: readonly ParamSpec[] = [],
  params: readonly Param[] = [],
): Map<string, ParamValue> {
  const values = new Map<string, ParamValue>();
  for (const { name, default: fallback } of specs) {
    if (fallback !== undefined) values.set(name, paramValue(fallback));
  }
  for (const param of params) {
    const value = paramValue(param.value);
    const before = values.get(param.name);
    values.set(param.name, isObject(before) && isObject(value) ? { ...before, ...value } : value);
  }
  return values;
}

function isObject(value: ParamValue | undefined): value is Readonly<Record<string, string>> {
  return typeof value === "object" && !isList(value);
}

function isTextRecord(value: unknown): value is Readonly<Record<string, string>> {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return false;
  return Object.values(value).every(isText);
}
