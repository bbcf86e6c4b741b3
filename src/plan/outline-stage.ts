import { posix } from "node:path";
import { expandWord } from "../dockerfile/expansion/expand.ts";
import type { Mount } from "../dockerfile/instructions/mount.ts";
import type { SourceLocation } from "../errors/source-location.ts";
import type { BuildPlan } from "./build-plan.ts";
import type { GlobalArguments } from "./global-scope.ts";
import type { PlannedStage } from "./planned-stage.ts";
import type { StageArgument, StageObserver } from "./read-stage.ts";

/** An argument that building a target takes. */
export interface OutlineArgument {
  readonly name: string;
  /** The value that it has: given, or its default; empty where it has none. */
  readonly value: string;
  readonly description: string;
  readonly location: SourceLocation;
}

/** A secret or an ssh agent that building a target takes, where it is first used. */
export interface OutlineAccess {
  readonly name: string;
  readonly required: boolean;
  readonly location: SourceLocation;
}

/** What one stage takes from outside; complete when the stage has been read. */
export class StageOutline {
  readonly secrets = new Map<string, OutlineAccess>();
  readonly ssh = new Map<string, OutlineAccess>();
  readonly observer: StageObserver = {
    argument: (argument, { location }) => this.#declare(argument, location),
    instruction: ({ location }, _facts, mounts) => {
      for (const mount of mounts) this.#mount(mount, location);
    },
  };
  readonly #globals: GlobalArguments;
  /** Arguments that the stage itself declares with a value of their own. */
  readonly #own = new Map<string, OutlineArgument>();
  readonly #used = new Set<string>();

  /** `used` are the arguments that the FROM line refers to. */
  constructor(globals: GlobalArguments, used: Iterable<string>) {
    this.#globals = globals;
    for (const name of used) this.#used.add(name);
  }

  /** The arguments that the stage uses, and those that their defaults need, by name. */
  usedArguments(): ReadonlyMap<string, OutlineArgument> {
    const found = new Map<string, OutlineArgument>();
    const pending = [...this.#used];
    const seen = new Set<string>();
    for (let name = pending.pop(); name !== undefined; name = pending.pop()) {
      if (seen.has(name)) continue;
      seen.add(name);
      const own = this.#own.get(name);
      const global = this.#globals.declared.findLast(({ definition }) => definition.key === name);
      if (own !== undefined) found.set(name, own);
      else if (global !== undefined) {
        const { definition, location, value, uses } = global;
        found.set(name, outlineOf({ definition, value }, location));
        pending.push(...uses);
      }
    }
    return found;
  }

  #declare(argument: StageArgument, location: SourceLocation): void {
    const { key } = argument.definition;
    this.#used.add(key);
    if (!argument.isInherited) this.#own.set(key, outlineOf(argument, location));
  }

  #mount(mount: Mount, location: SourceLocation): void {
    if (mount.type !== "secret" && mount.type !== "ssh") return;
    const found = mount.type === "secret" ? this.secrets : this.ssh;
    const name = mount.id ?? (mount.type === "ssh" ? "default" : posix.basename(mount.target));
    if (!found.has(name)) found.set(name, { name, required: mount.required, location });
  }
}

/** The names of arguments that the FROM line of a stage refers to and that have a value. */
export function argumentsInFrom(
  { stage }: PlannedStage,
  { dockerfile, globalScope }: BuildPlan,
): string[] {
  const { escape } = dockerfile;
  return [stage.base, stage.platform].flatMap((word) => [
    ...expandWord(word, globalScope, { escape }).matched,
  ]);
}

function outlineOf(
  { definition, value = "" }: Pick<StageArgument, "definition" | "value">,
  location: SourceLocation,
): OutlineArgument {
  const { key: name, description = "" } = definition;
  return { name, value, description, location };
}
