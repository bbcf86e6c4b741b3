import { createHash } from "node:crypto";

declare const cacheKeyBrand: unique symbol;

/** 64 lower-case hex digits that stand for everything that a result depends on. */
export type CacheKey = string & { readonly [cacheKeyBrand]: true };

/** What a key is made of. The order of an object's fields says nothing. */
export type KeyPart =
  | string
  | number
  | boolean
  | null
  | readonly KeyPart[]
  | { readonly [name: string]: KeyPart };

/** Goes up whenever the same parts come to mean another result: older entries are not found then. */
export const schemaVersion = 1;

/**
 * The sha256 of `parts` and of the schema's version. Every value is written with its type and its length in
 * bytes, so that no two different values can be written alike.
 */
export function cacheKeyOf(parts: KeyPart): CacheKey {
  const hash = createHash("sha256");
  hash.update(frame([schemaVersion, parts]), "utf8");
  return hash.digest("hex") as CacheKey;
}

/** The key of what a build has made that cannot keep owners of files, which is kept apart from what others make. */
export function withoutOwners(key: CacheKey): CacheKey {
  return cacheKeyOf(["without owners", key]);
}

/** A value as text from which it can be told from every other one. */
export function frame(part: KeyPart): string {
  if (part === null) return "null;";
  if (typeof part === "string") return frameText(part);
  if (typeof part !== "object") return `${typeof part} ${part};`;
  if (isList(part)) return `list ${part.length} ${part.map(frame).join("")};`;
  const fields = Object.entries(part).toSorted(([a], [b]) => Number(a > b) - Number(a < b));
  const framed = fields.map(([name, value]) => frame(name) + frame(value));
  return `fields ${fields.length} ${framed.join("")};`;
}

/** Names that are no UTF-8 have lone surrogates, which no encoding keeps apart. */
function frameText(text: string): string {
  if (text.isWellFormed()) return `text ${Buffer.byteLength(text)} ${text};`;
  return `bytes ${JSON.stringify(text)};`;
}

function isList(part: KeyPart): part is readonly KeyPart[] {
  return Array.isArray(part);
}
