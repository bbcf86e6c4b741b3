import {
  chmodSync,
  chownSync,
  lstatSync,
  mkdirSync,
  readFileSync,
  readlinkSync,
  type Stats,
  statSync,
  writeFileSync,
} from "node:fs";
import path from "node:path";
import { errnoOf } from "../../../../src/errors/filesystem-error.ts";
import { followLinks } from "../../../../src/filetree/resolve.ts";

/** A user of the machine. */
export interface FileOwner {
  readonly uid: number;
  readonly gid: number;
}

const goTexts: Readonly<Record<string, string>> = {
  ENOENT: "no such file or directory",
  EACCES: "permission denied",
  EISDIR: "is a directory",
};

/** An error as Go words it. */
export function goError(operation: string, file: string, errno: string): string {
  return `${operation} ${file}: ${goTexts[errno] ?? errno}`;
}

/**
 * The files of a step, which may lie anywhere on the machine, by the paths that the step sees. Links
 * lead where they would lead the step.
 */
export class StepFiles {
  readonly #places: ReadonlyMap<string, string>;
  readonly #owner: FileOwner;

  /** `places` are files and directories of the machine, by where they are mounted; one is for `/`. */
  constructor(places: ReadonlyMap<string, string>, owner: FileOwner = { uid: 0, gid: 0 }) {
    this.#places = places;
    this.#owner = owner;
  }

  /** Where a file of the step is on the machine, whether it exists or not. */
  place(file: string): string {
    const resolved = followLinks(file, (here) => linkAt(this.#mapped(`/${here}`)));
    if (resolved === undefined) throw new Error(`too many links on the way to ${file}`);
    return this.#mapped(`/${resolved}`);
  }

  stat(file: string): Stats | undefined {
    return statSync(this.place(file), { throwIfNoEntry: false });
  }

  /**
   * The text of a file, or undefined where there is none.
   *
   * @throws Error with Go's words when it cannot be read.
   */
  read(file: string): string | undefined {
    try {
      return readFileSync(this.place(file), "utf8");
    } catch (error) {
      const errno = errnoOf(error);
      if (errno === undefined) throw error;
      if (errno === "ENOENT") return undefined;
      throw new Error(goError(errno === "EISDIR" ? "read" : "open", file, errno), { cause: error });
    }
  }

  /** Writes a file of the step's user. */
  write(file: string, text: string, mode = 0o644): void {
    const place = this.place(file);
    writeFileSync(place, text);
    chmodSync(place, mode);
    chownSync(place, this.#owner.uid, this.#owner.gid);
  }

  /** Makes a directory of the step's user, and those above it, where they are missing. */
  makeDirectory(directory: string): void {
    if (this.stat(directory) !== undefined) return;
    this.makeDirectory(path.posix.dirname(directory));
    const place = this.place(directory);
    mkdirSync(place);
    chownSync(place, this.#owner.uid, this.#owner.gid);
  }

  #mapped(file: string): string {
    for (let above = file; ; above = path.posix.dirname(above)) {
      const place = this.#places.get(above);
      if (place !== undefined) return path.join(place, file.slice(above.length));
      if (above === "/") throw new Error(`nothing is mounted at ${file}`);
    }
  }
}

function linkAt(file: string): string | undefined {
  const isLink = lstatSync(file, { throwIfNoEntry: false })?.isSymbolicLink() === true;
  return isLink ? readlinkSync(file) : undefined;
}
