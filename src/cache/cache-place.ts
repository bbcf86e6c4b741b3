/** Something that a cache keeps, and that goes as a whole. */
export interface KeptEntry {
  /** What it is found by: the keys of a step's layer, or the digest of a blob in hex. One at least. */
  readonly names: readonly string[];
  /** The bytes of its blobs, also of those that other entries have too. */
  readonly bytes: number;
  /** When it was stored, or used for the last time where that is known: milliseconds since 1970. */
  readonly timeMs: number;
  /** What it is of: the history's words for a step. */
  readonly description: string;
  /** Whether it is half an entry, of a build that was cut off. */
  readonly isLeftover: boolean;
  /**
   * Removes it; builds may be under way. That it is gone already is no error. False where a build has it just now, and
   * it stays.
   *
   * @throws REGISTRY_*, FILESYSTEM_*
   */
  remove(signal: AbortSignal): Promise<boolean>;
}

/** All that is in a place. */
export interface PlaceContent {
  readonly entries: readonly KeptEntry[];
  /** What is there and is no entry. Nobody touches it. */
  readonly foreign: readonly string[];
}

/** A place whose entries can be looked through. */
export interface CachePlace {
  /** How messages call it. */
  readonly name: string;
  /**
   * Lists what is there; nothing where the place does not exist.
   *
   * @throws REGISTRY_*, FILESYSTEM_*
   */
  list(signal: AbortSignal): Promise<PlaceContent>;
}

/** How long what is half made is left alone: a build may be at it. */
const leftoverMs = 24 * 3_600_000;

/** Whether what has this time was left by a build that is over. */
export function isLeft(timeMs: number, nowMs: number): boolean {
  return nowMs - timeMs > leftoverMs;
}
