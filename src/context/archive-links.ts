import { lstat, lutimes, mkdir, rm, symlink } from "node:fs/promises";
import { dirname, join } from "node:path";
import type { ReadEntry } from "tar";
import { ContextError } from "../errors/context-error.ts";
import { filesystemError } from "../errors/filesystem-error.ts";

interface Link {
  readonly target: string;
  readonly time: Date | undefined;
}

/**
 * The symbolic links of an archive. They are made when all files are there: then no file can be written
 * through one, and they may point to wherever they like, since a context follows them inside itself only.
 */
export class SymbolicLinks {
  readonly #place: { readonly name: string; readonly directory: string };
  readonly #links = new Map<string, Link>();

  constructor(place: { readonly name: string; readonly directory: string }) {
    this.#place = place;
  }

  /** Takes a link out of the archive; whatever else comes under its name later takes its place. */
  take(path: string, { linkpath = "", mtime, type }: ReadEntry): boolean {
    const name = plainName(path);
    this.#links.delete(name);
    const copied = type === "Link" ? this.#links.get(plainName(linkpath)) : undefined;
    if (type !== "SymbolicLink" && copied === undefined) return false;
    this.#links.set(name, copied ?? { target: linkpath, time: mtime });
    return true;
  }

  /**
   * Makes them.
   *
   * @throws CONTEXT_REFUSED where a file of the archive lies behind a link, FILESYSTEM_FAILED, FILESYSTEM_NO_SPACE
   */
  async make(): Promise<void> {
    for (const [path, link] of this.#links) await this.#makeOne(path, link);
  }

  #isBehindLink(path: string): boolean {
    const parts = path.split("/");
    return parts.some((_part, at) => at > 0 && this.#links.has(parts.slice(0, at).join("/")));
  }

  async #makeOne(path: string, { target, time }: Link): Promise<void> {
    const { directory, name } = this.#place;
    const place = join(directory, path);
    const there = await lstat(place).catch(() => undefined);
    if (there?.isDirectory() === true || this.#isBehindLink(path)) {
      throw new ContextError(
        "CONTEXT_REFUSED",
        `${name} has something behind a symbolic link (${path})`,
      );
    }
    try {
      if (there !== undefined) await rm(place);
      await mkdir(dirname(place), { recursive: true });
      await symlink(target, place);
      if (time !== undefined) await lutimes(place, time, time);
    } catch (error) {
      throw filesystemError(`unpack ${name}`, error, place);
    }
  }
}

/** A name as all spellings of it have in common: without leading and trailing slashes and dots. */
function plainName(path: string): string {
  return path
    .split("/")
    .filter((part) => part !== "" && part !== ".")
    .join("/");
}
