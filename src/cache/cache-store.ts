import type { Readable } from "node:stream";
import type { Descriptor } from "../image/descriptor.ts";
import type { Digest } from "../image/digest.ts";
import type { Repository } from "../image/reference.ts";
import type { CacheKey } from "./cache-key.ts";
import type { KeptLayer } from "./kept-images.ts";

/** The layer of a step as a build has made it, or found it elsewhere. */
export interface NewEntry {
  readonly layer: KeptLayer;
  /** What the layer says, as a layer of its own (`packListing`). */
  readonly listing: KeptLayer;
  /** What stands for the changes that the layer makes (`changesDigest`). */
  readonly changes: string;
  /** The history's words for the step. */
  readonly createdBy: string;
  /** The history's time for the step, RFC 3339. */
  readonly created: string;
  readonly platform: { readonly os: string; readonly architecture: string };
}

/** The layer of a step that an earlier build has made. Nothing of it has been read but its manifest and configuration. */
export interface CacheEntry {
  readonly descriptor: Descriptor;
  readonly diffId: Digest;
  readonly changes: string;
  /** The history's time for the step, RFC 3339. */
  readonly created: string;
  /** When it was stored, in milliseconds since 1970. */
  readonly storedMs: number;
  /** The repository that has the layer; absent where that is no registry. */
  readonly origin?: Repository;
  /** Opens the layer as stored; verified while it is read. */
  open(): Promise<Readable>;
  /** Reads what the layer says, and gives what `use` makes of it; where that throws, the entry is broken. */
  useListing<T>(use: (listing: Buffer) => T): Promise<T>;
}

/** How long entries are good. */
export interface Lifetime {
  readonly ttlMs: number;
  /** Milliseconds since 1970. */
  readonly now: () => number;
}

/** Whether an entry is too old to be taken. */
export function isExpired(
  { storedMs }: Pick<CacheEntry, "storedMs">,
  { ttlMs, now }: Lifetime,
): boolean {
  return now() - storedMs >= ttlMs;
}

/** A place that keeps layers of steps by their keys. */
export interface CacheStore {
  /** How messages call it. */
  readonly name: string;
  /**
   * What is stored under a key; undefined where there is nothing.
   *
   * @throws REGISTRY_*, CONTEXT_UNREADABLE where it cannot be asked; IMAGE_MALFORMED where it has something else.
   */
  find(key: CacheKey, signal: AbortSignal): Promise<CacheEntry | undefined>;
  /**
   * Stores an entry under each of `keys`, in place of what is there; where that cannot be replaced, and is not
   * expired, it stays.
   *
   * @throws REGISTRY_*, FILESYSTEM_*
   */
  put(keys: readonly CacheKey[], entry: NewEntry, signal: AbortSignal): Promise<void>;
  /** Removes what is under a key and is no entry, where the store can. @throws FILESYSTEM_FAILED */
  discard(key: CacheKey): Promise<void>;
}
