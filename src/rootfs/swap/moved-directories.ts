import { posix } from "node:path";
import { readMountTable } from "../mount-table.ts";

/** A directory that was renamed, by its path below the place before and now. */
export interface MovedDirectory {
  readonly from: string;
  readonly to: string;
}

/**
 * Watches what is mounted below a place. Nobody can rename what something is mounted on, but directories
 * that hold such a thing can be renamed, and take it along.
 */
export class MountWatch {
  readonly #place: string;
  readonly #before: ReadonlyMap<number, string>;

  constructor(place: string) {
    this.#place = place;
    this.#before = this.#targets();
  }

  /** A directory with mounts that is elsewhere than it was; undefined when there is none. */
  moved(): MovedDirectory | undefined {
    const now = this.#targets();
    for (const [id, before] of this.#before) {
      const target = now.get(id);
      if (target !== undefined && target !== before) return withoutCommonEnd(before, target);
    }
    return undefined;
  }

  #targets(): ReadonlyMap<number, string> {
    const below = readMountTable().map(({ id, target }): [number, string] => [
      id,
      posix.relative(this.#place, target),
    ]);
    return new Map(below.filter(([, path]) => path !== "" && !path.startsWith("..")));
  }
}

function withoutCommonEnd(one: string, other: string): MovedDirectory {
  const [from, to] = [one.split("/"), other.split("/")];
  while (from.length > 1 && to.length > 1 && from.at(-1) === to.at(-1)) {
    from.pop();
    to.pop();
  }
  return { from: from.join("/"), to: to.join("/") };
}
