import { mkdirSync } from "node:fs";
import { join, posix } from "node:path";
import { filesystemError } from "../../errors/filesystem-error.ts";
import type { FileTree } from "../../filetree/tree.ts";
import { createLimit } from "../../support/limit.ts";
import { readMountTable } from "../mount-table.ts";
import type { Stand, StandingRoot, StandTraces } from "../stand.ts";
import { moveEntry, statusOf } from "./move.ts";
import { relocate, relocationsFor, type TakeBack } from "./relocation.ts";
import { stayingEntries } from "./staying.ts";
import { Swap } from "./swap.ts";

export interface SwappedStandOptions {
  /** Where roots are swapped in, absolute: `/`, but for tests. */
  readonly place: string;
  /** A directory on the same file system for what is moved aside; absolute, made on demand. */
  readonly aside: string;
  /** Absolute paths of what stays in the place, beside what is mounted there. */
  readonly staying: readonly string[];
  /** Told once of each path, relative to the place, that an image has and something else covers. */
  readonly covers?: (path: string) => void;
}

const kernelDirectories = ["dev", "proc", "sys"];
/** Where Kubernetes puts the token of a pod. */
const accountMount = /(^|\/)secrets\/kubernetes\.io\/serviceaccount$/;
/** What every container has of its own, and no image expects to keep. */
const ordinary: ReadonlySet<string> = new Set([
  ...kernelDirectories,
  "etc/hostname",
  "etc/hosts",
  "etc/resolv.conf",
]);

/**
 * A stand that swaps each root into one and the same place, by renaming. Mounts stay where they are,
 * visible to commands; whatever else is there is moved aside for the time.
 */
export class SwappedStand implements Stand {
  readonly #options: SwappedStandOptions;
  readonly #turn = createLimit(1);
  readonly #covered = new Set(ordinary);

  constructor(options: SwappedStandOptions) {
    this.#options = options;
  }

  use<T>(
    { directory, before }: StandingRoot,
    run: (directory: string) => Promise<T>,
  ): Promise<StandTraces & { readonly result: T }> {
    return this.#turn(async () => {
      const { place } = this.#options;
      const undo = attempt(`swap a stage's files into ${place}`, () => this.#in(directory, before));
      let result: T;
      try {
        result = await run(place);
      } catch (error) {
        attempt(`swap a stage's files out of ${place}`, undo);
        throw error;
      }
      const traces = attempt(`swap a stage's files out of ${place}`, undo);
      for (const path of traces.hidden) this.#tell(path);
      return { result, ...traces };
    });
  }

  #tell(path: string): void {
    if (this.#covered.has(path)) return;
    this.#covered.add(path);
    this.#options.covers?.(path);
  }

  /** Swaps in; gives what swaps out. */
  #in(image: string, tree: FileTree): () => StandTraces {
    const { place, aside } = this.#options;
    // As BuildKit leaves them, where the image lacks them.
    for (const name of kernelDirectories) {
      if (tree.get(name) === undefined) mkdirSync(join(image, name), { recursive: true });
    }
    const takeBacks = [...this.#hideAccounts(), ...this.#relocate(tree)];
    const takeBack = (): void => {
      for (const undo of takeBacks.toReversed()) undo();
    };
    let swap: Swap;
    try {
      const staying = stayingEntries(this.#staying());
      swap = Swap.in({ place, image, aside: join(aside, "files") }, staying);
    } catch (error) {
      takeBack();
      throw error;
    }
    return () => {
      try {
        return swap.out();
      } finally {
        takeBack();
      }
    };
  }

  /** No command is meant to act for the pod; what is mounted on a directory moves along with its parent. */
  #hideAccounts(): TakeBack[] {
    const { place, aside } = this.#options;
    return this.#staying().flatMap((path) => {
      if (!accountMount.test(path)) return [];
      const parent = posix.dirname(path);
      const from = join(place, posix.dirname(parent));
      const name = posix.basename(parent);
      const to = join(aside, "account");
      return moveEntry(name, from, to) ? [() => void moveEntry(name, to, from)] : [];
    });
  }

  #relocate(tree: FileTree): TakeBack[] {
    const { place, aside } = this.#options;
    const done: TakeBack[] = [];
    const staying = this.#staying();
    for (const relocation of relocationsFor(staying, tree)) {
      const { to } = relocation;
      const isFree = !staying.some((path) => path === to || path.startsWith(`${to}/`));
      const [parent, name] = [posix.dirname(to), posix.basename(to)];
      const target = join(place, parent);
      const inTheWay = isFree && statusOf(join(target, name)) !== undefined;
      const away = join(aside, "relocated", parent);
      if (inTheWay && moveEntry(name, target, away)) {
        done.push(() => void moveEntry(name, away, target));
      }
      const undo = relocate(relocation, place);
      if (undo !== undefined) done.push(undo);
    }
    return done;
  }

  /** What stays now, relative to the place. */
  #staying(): string[] {
    const { place, staying } = this.#options;
    return [...readMountTable().map(({ target }) => target), ...staying]
      .map((path) => posix.relative(place, path))
      .filter((path) => path !== "" && !path.startsWith(".."));
  }
}

function attempt<T>(doing: string, action: () => T): T {
  try {
    return action();
  } catch (error) {
    throw filesystemError(doing, error);
  }
}
