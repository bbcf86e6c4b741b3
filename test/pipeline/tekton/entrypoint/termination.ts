import { readFileSync, writeFileSync } from "node:fs";
import { deflateRawSync, inflateRawSync } from "node:zlib";
import { goJson } from "./go-json.ts";

/** An entry of the message that a step's container ends with. */
export interface TerminationEntry {
  readonly key: string;
  readonly value: string;
  readonly type: number;
}

/** Who an entry is for. */
export const entryTypes = {
  taskResult: 1,
  tekton: 3,
  stepResult: 4,
  stepArtifacts: 5,
  taskArtifacts: 6,
} as const;

/** How much the kubelet reads of a container's message, in bytes. */
const limitBytes = 4096;

const compressedMark = "tknz:";

/** The message is longer than the kubelet reads; it has not been written. */
export class MessageTooLong extends Error {
  constructor() {
    super(
      `Termination message is above max allowed size ${limitBytes}, caused by large task result.`,
    );
  }
}

/**
 * Adds entries to those that `file` has already, all in one list. What is in there and is no such
 * list is lost.
 *
 * @throws MessageTooLong
 */
export function addEntries(
  file: string,
  entries: readonly TerminationEntry[],
  isCompressed: boolean,
): void {
  const json = goJson([...(entriesOf(readFileSync(file, "utf8")) ?? []), ...entries]);
  const message = isCompressed ? compress(json) : json;
  if (Buffer.byteLength(message) > limitBytes) throw new MessageTooLong();
  writeFileSync(file, message);
}

/**
 * The entries of a container's message in the order of their keys, only the last of each key;
 * undefined when it is no list of entries.
 */
export function decodeMessage(message: string): readonly TerminationEntry[] | undefined {
  const latest = new Map(entriesOf(message)?.map((entry) => [entry.key, entry]));
  if (latest.size === 0 && entriesOf(message) === undefined) return undefined;
  return [...latest.values()].toSorted((left, right) =>
    Buffer.compare(Buffer.from(left.key), Buffer.from(right.key)),
  );
}

function entriesOf(message: string): readonly TerminationEntry[] | undefined {
  try {
    const json = message.startsWith(compressedMark) ? expand(message) : message;
    const value: unknown = JSON.parse(json);
    return Array.isArray(value) && value.every(isEntry) ? value : undefined;
  } catch {
    return undefined;
  }
}

function isEntry(value: unknown): value is TerminationEntry {
  const { key, value: text, type } = (value ?? {}) as Partial<TerminationEntry>;
  return typeof key === "string" && typeof text === "string" && typeof type === "number";
}

/** Tekton's form of a compressed message: raw deflate in base64 without padding. */
function compress(json: string): string {
  return compressedMark + deflateRawSync(json, { level: 9 }).toString("base64").replace(/=+$/, "");
}

function expand(message: string): string {
  return inflateRawSync(Buffer.from(message.slice(compressedMark.length), "base64")).toString();
}
