import { type BigIntStats, lstatSync, readdirSync, readlinkSync } from "node:fs";
import type { IgnoreMatcher, IgnoreState } from "../dockerfile/ignore/matcher.ts";
import { ContextError } from "../errors/context-error.ts";
import { errnoOf } from "../errors/filesystem-error.ts";
import { compileName, type SplitPattern } from "../filetree/glob.ts";
import { decodeName, fsPath } from "../filetree/name.ts";
import { fileNode, type LeafNode, LocalContent, type Metadata } from "../filetree/node.ts";
import { deviceNumbers, fileTimeOf } from "../filetree/stat-values.ts";
import { FileTree, joinPath, parentOf, splitPath } from "../filetree/tree.ts";
import type { BuildContext } from "./context.ts";

/** As the kernel's: more links than this on one way are a loop. */
const linkLimit = 40;

export interface DirectoryContextOptions {
  /** Absolute path of the context's root. */
  readonly directory: string;
  /** How messages call it; its path where undefined. */
  readonly description?: string;
  readonly ignore: BuildContext["ignore"];
  /** Made of the ignore patterns; without one nothing is ignored. */
  readonly matcher: IgnoreMatcher | undefined;
}

/** How a path is followed. */
interface Way {
  /** Links that it has led through. */
  readonly links: number;
  /** Names with wildcards behind it. */
  readonly matchers: readonly RegExp[];
}

/** A directory on the way of a walk, with what is known about ignoring below it. */
interface Visit {
  readonly path: string;
  readonly name: string;
  /** Absolute. */
  readonly onDisk: string;
  readonly parent: Visit | undefined;
  readonly ignore: IgnoreState | undefined;
  readonly stats: BigIntStats;
}

/**
 * A directory of this machine as build context. Only what is asked for is walked; directories that
 * are ignored with all they hold are not entered.
 */
export class DirectoryContext implements BuildContext {
  readonly description: string;
  readonly ignore: BuildContext["ignore"];
  readonly #directory: string;
  readonly #matcher: IgnoreMatcher | undefined;
  readonly #tree = new FileTree();
  /** Paths that have been loaded with all that is below them; not those below. */
  readonly #loaded = new Set<string>();
  /** Files with several names, by device and inode. */
  readonly #linked = new Map<string, LeafNode>();

  constructor(options: DirectoryContextOptions) {
    this.description = options.description ?? options.directory;
    this.ignore = options.ignore;
    this.#directory = options.directory;
    this.#matcher = options.matcher;
  }

  load(patterns: readonly SplitPattern[]): Promise<FileTree> {
    return Promise.try(() => {
      for (const { literal, wildcards } of patterns) {
        this.#load(literal, { links: 0, matchers: wildcards.map(compileName) });
      }
      return this.#tree;
    });
  }

  /** Loads what is at and below `path`, following links on the way as far as they stay inside. */
  #load(path: string, { links, matchers }: Way): void {
    if (links > linkLimit) {
      throw new ContextError(
        "CONTEXT_UNREADABLE",
        `too many symbolic links on the way to /${path}`,
      );
    }
    let visit = this.#root();
    const names = splitPath(path).filter((name) => name !== "" && name !== ".");
    for (const [index, name] of names.entries()) {
      if (this.#loaded.has(visit.path)) return;
      if (name === "..") {
        visit = visit.parent ?? visit;
        continue;
      }
      const next = this.#enter(visit, name);
      if (next === undefined) return;
      if (next.stats.isSymbolicLink()) {
        const target = this.#readLink(next);
        const from = target.startsWith("/") ? "" : parentOf(next.path)[0];
        const followed = [from, target, ...names.slice(index + 1)].join("/");
        this.#load(followed, { links: links + 1, matchers });
        return;
      }
      visit = next;
    }
    this.#match(visit, matchers);
  }

  /** Loads what names with wildcards lead to; of a directory on the way only what they match is looked at. */
  #match(visit: Visit, [matcher, ...matchers]: readonly RegExp[]): void {
    if (matcher === undefined) {
      this.#walk(visit);
      this.#loaded.add(visit.path);
      return;
    }
    if (visit.ignore?.isIgnored !== true) this.#put(visit);
    if (!visit.stats.isDirectory()) return;
    for (const name of this.#namesIn(visit).filter((each) => matcher.test(each))) {
      // What a link leads to is only wanted at the end, as `expandPattern` says.
      if (matchers.length === 0) this.#load(joinPath(visit.path, name), { links: 0, matchers });
      else {
        const child = this.#enter(visit, name);
        if (child !== undefined) this.#match(child, matchers);
      }
    }
  }

  #root(): Visit {
    const ignore = this.#matcher?.root;
    const onDisk = this.#directory;
    const stats = this.#stat("", onDisk);
    return { path: "", name: "", onDisk, parent: undefined, ignore, stats };
  }

  /** The visit of `name` in a directory; undefined where it does not exist or is no use. */
  #enter(parent: Visit, name: string): Visit | undefined {
    const path = joinPath(parent.path, name);
    const onDisk = joinPath(parent.onDisk, name);
    const ignore = parent.ignore?.enter(name);
    if (ignore?.isIgnored === true && !ignore.mayHoldKept) return undefined;
    try {
      return { path, name, onDisk, parent, ignore, stats: this.#stat(path, onDisk) };
    } catch (error) {
      if (["ENOENT", "ENOTDIR"].includes(errnoOf(error) ?? "")) return undefined;
      throw unreadable(path, error);
    }
  }

  #walk(visit: Visit): void {
    if (this.#loaded.has(visit.path)) return;
    if (visit.ignore?.isIgnored !== true) this.#put(visit);
    if (!visit.stats.isDirectory()) return;
    for (const name of this.#namesIn(visit)) {
      const child = this.#enter(visit, name);
      if (child !== undefined) this.#walk(child);
    }
  }

  /** Puts what is visited into the tree, after the directories that it lies in. */
  #put(visit: Visit): void {
    if (visit.path === "" || this.#tree.get(visit.path) !== undefined) return;
    if (visit.parent !== undefined) this.#put(visit.parent);
    if (visit.stats.isDirectory()) this.#tree.setDirectory(visit.path, metadataOf(visit.stats));
    else this.#tree.setChild(visit.parent?.path ?? "", visit.name, this.#leaf(visit));
  }

  #leaf(visit: Visit): LeafNode {
    const { stats } = visit;
    const identity = `${stats.dev}:${stats.ino}`;
    const known = stats.nlink > 1n ? this.#linked.get(identity) : undefined;
    if (known !== undefined) return known;
    const leaf = this.#leafOf(visit);
    if (stats.nlink > 1n) this.#linked.set(identity, leaf);
    return leaf;
  }

  #leafOf({ stats, name, onDisk, parent }: Visit): LeafNode {
    const metadata = metadataOf(stats);
    if (stats.isSymbolicLink()) {
      const target = decodeName(readlinkSync(fsPath(onDisk), { encoding: "buffer" }));
      return { ...metadata, type: "symlink", target };
    }
    if (stats.isFIFO()) return { ...metadata, type: "fifo" };
    if (stats.isCharacterDevice() || stats.isBlockDevice()) {
      const type = stats.isBlockDevice() ? "block" : "character";
      return { ...metadata, type, ...deviceNumbers(stats.rdev) };
    }
    // BuildKit's transfer makes an empty file of a socket.
    const size = stats.isSocket() ? 0 : Number(stats.size);
    const content =
      size === 0 ? ({ kind: "empty" } as const) : new LocalContent(parent?.onDisk ?? "", name);
    return fileNode(metadata, size, content);
  }

  #readLink(visit: Visit): string {
    this.#put(visit);
    return decodeName(readlinkSync(fsPath(visit.onDisk), { encoding: "buffer" }));
  }

  #namesIn({ path, onDisk }: Visit): string[] {
    try {
      const names = readdirSync(fsPath(onDisk), { encoding: "buffer" });
      return names.map((name) => decodeName(name));
    } catch (error) {
      throw unreadable(path, error);
    }
  }

  #stat(path: string, onDisk: string): BigIntStats {
    const stats = lstatSync(fsPath(onDisk), { bigint: true, throwIfNoEntry: false });
    if (stats === undefined) {
      throw Object.assign(new Error(`/${path} does not exist`), { code: "ENOENT" });
    }
    return stats;
  }
}

/** Owners are always 0:0, as after BuildKit's transfer. */
function metadataOf(stats: BigIntStats): Metadata {
  return { mode: Number(stats.mode & 0o7777n), uid: 0, gid: 0, mtime: fileTimeOf(stats.mtimeNs) };
}

function unreadable(path: string, cause: unknown): ContextError {
  return new ContextError("CONTEXT_UNREADABLE", `/${path} in the build context cannot be read`, {
    cause,
    hint: "Check the permissions, or leave it out with .dockerignore",
  });
}
