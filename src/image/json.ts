import { ImageError } from "../errors/image-error.ts";
import { type Digest, isDigest } from "./digest.ts";

/** Reads one value of a JSON document; `what` names it in the error. */
export type Read<T> = (value: unknown, what: string) => T;

/** A JSON object whose members nothing is known about. */
export type JsonObject = Readonly<Record<string, unknown>>;

/**
 * Parses a JSON document of at most `limitBytes` whose outermost value is an object.
 *
 * @throws IMAGE_MALFORMED
 */
export function parseJsonObject(bytes: Uint8Array, what: string, limitBytes: number): JsonObject {
  if (bytes.length > limitBytes) {
    throw malformed(`${what} has ${bytes.length} bytes, more than the ${limitBytes} allowed`);
  }
  let value: unknown;
  try {
    value = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes));
  } catch (cause) {
    throw new ImageError("IMAGE_MALFORMED", `${what} is not JSON`, { cause });
  }
  return readObject(value, what);
}

/** @throws IMAGE_MALFORMED when `value` is not a JSON object. */
export const readObject: Read<JsonObject> = (value, what) => {
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    throw malformed(`${what} is not an object`);
  }
  return value as JsonObject;
};

/** @throws IMAGE_MALFORMED when `value` is not a string. */
export const readString: Read<string> = (value, what) => {
  if (typeof value !== "string") throw malformed(`${what} is not a string`);
  return value;
};

/** @throws IMAGE_MALFORMED when `value` is not true or false. */
export const readBoolean: Read<boolean> = (value, what) => {
  if (typeof value !== "boolean") throw malformed(`${what} is not true or false`);
  return value;
};

/** @throws IMAGE_MALFORMED when `value` is not a number. */
export const readNumber: Read<number> = (value, what) => {
  if (typeof value !== "number") throw malformed(`${what} is not a number`);
  return value;
};

/** @throws IMAGE_MALFORMED when `value` is not a number of bytes: whole, and safe to compute with. */
export const readSize: Read<number> = (value, what) => {
  if (!Number.isSafeInteger(value) || (value as number) < 0) {
    throw malformed(`${what} is not a size in bytes`);
  }
  return value as number;
};

/** @throws IMAGE_MALFORMED when `value` is not a digest that slipway can verify. */
export const readDigest: Read<Digest> = (value, what) => {
  const text = readString(value, what);
  if (!isDigest(text)) throw malformed(`${what} is not a digest: ${JSON.stringify(text)}`);
  return text;
};

/** A list of what `read` reads; `null`, as Go writes an empty list, is an empty list. */
export function listOf<T>(read: Read<T>): Read<readonly T[]> {
  return (value, what) => {
    if (value === null) return [];
    if (!Array.isArray(value)) throw malformed(`${what} is not a list`);
    return value.map((item, index) => read(item, `${what}[${index}]`));
  };
}

/** An object with any names whose values are what `read` reads. */
export function recordOf<T>(read: Read<T>): Read<Readonly<Record<string, T>>> {
  return (value, what) =>
    // fromEntries defines members, so that a name like __proto__ is only a name.
    Object.fromEntries(
      Object.entries(readObject(value, what)).map(([name, member]) => [
        name,
        read(member, `${what}[${JSON.stringify(name.slice(0, 100))}]`),
      ]),
    );
}

/** What `read` reads, or undefined for what is absent or null. */
export function optional<T>(read: Read<T>): Read<T | undefined> {
  return (value, what) => (value === undefined || value === null ? undefined : read(value, what));
}

/** What `read` reads, or null. */
export function nullable<T>(read: Read<T>): Read<T | null> {
  return (value, what) => (value === null ? null : read(value, what));
}

type Readers = Readonly<Record<string, Read<unknown>>>;
type Member<R> = R extends Read<infer T> ? T : never;
type OptionalNames<R extends Readers> = {
  [N in keyof R]: undefined extends Member<R[N]> ? N : never;
}[keyof R];

/** What `objectOf(readers)` reads: a member that may be undefined may be absent. */
export type ObjectOf<R extends Readers> = {
  readonly [N in Exclude<keyof R, OptionalNames<R>>]: Member<R[N]>;
} & { readonly [N in OptionalNames<R>]?: Exclude<Member<R[N]>, undefined> };

/** An object of the members named in `readers`; other members are dropped. */
export function objectOf<R extends Readers>(readers: R): Read<ObjectOf<R>> {
  return (value, what) => {
    const object = readObject(value, what);
    const entries = Object.entries(readers).flatMap(([name, read]) => {
      const own = Object.hasOwn(object, name) ? object[name] : undefined;
      const member = read(own, `${what}.${name}`);
      return member === undefined ? [] : [[name, member] as const];
    });
    return Object.fromEntries(entries) as ObjectOf<R>;
  };
}

/** An error about an image that cannot be trusted. */
export function malformed(message: string): ImageError {
  return new ImageError("IMAGE_MALFORMED", message);
}
