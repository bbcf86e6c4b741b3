import { nearest } from "../errors/nearest.ts";
import { UsageError } from "../errors/usage-error.ts";
import type { ImageReference } from "../image/reference.ts";

/** Something that one pod can do by itself, when what it needs has been done. */
export interface Unit {
  /** Its name for `--unit`: no character of it has to be escaped in JSON. */
  readonly id: string;
  /** `build` gives an image that is asked for, `stage` one that only other units need; `index` joins images. */
  readonly kind: "build" | "stage" | "index";
  /** The image or stage that it is about. */
  readonly name: string;
  /** Undefined where it is that of the machine. */
  readonly platform: string | undefined;
  /** Where the result is pushed to. */
  readonly destinations: readonly ImageReference[];
  /** Ids of the units that have to be done before. */
  readonly needs: readonly string[];
}

/**
 * Puts units into waves: what a unit needs is in earlier ones, and each is as early as that permits.
 * The units must not need each other in a circle.
 */
export function wavesOf<U extends Unit>(units: readonly U[]): readonly (readonly U[])[] {
  const byId = new Map(units.map((unit) => [unit.id, unit]));
  const waves = new Map<string, number>();
  const waveOf = (unit: U): number => {
    const known = waves.get(unit.id);
    if (known !== undefined) return known;
    const before = unit.needs.flatMap((id) => byId.get(id) ?? []).map(waveOf);
    const wave = Math.max(0, ...before.map((other) => other + 1));
    waves.set(unit.id, wave);
    return wave;
  };
  const count = Math.max(0, ...units.map((unit) => waveOf(unit) + 1));
  return Array.from({ length: count }, (_, wave) => units.filter((unit) => waveOf(unit) === wave));
}

/**
 * The unit of this id.
 *
 * @throws USAGE_INVALID_VALUE when there is none.
 */
export function findUnit<U extends Unit>(units: readonly U[], id: string): U {
  const found = units.find((unit) => unit.id === id);
  if (found !== undefined) return found;
  const ids = units.map((unit) => unit.id);
  const likely = nearest(id, ids);
  throw new UsageError("USAGE_INVALID_VALUE", `there is no unit ${id}`, {
    hint: likely === undefined ? `There are ${ids.join(", ")}` : `Did you mean ${likely}?`,
  });
}
