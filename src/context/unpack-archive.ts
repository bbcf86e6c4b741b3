import { once } from "node:events";
import { mkdir } from "node:fs/promises";
import { type ReadEntry, Unpack } from "tar";
import { isBuilderError } from "../errors/builder-error.ts";
import { ContextError } from "../errors/context-error.ts";
import { errnoOf, filesystemError } from "../errors/filesystem-error.ts";
import { decompress } from "../layer/compression.ts";
import type { Logger } from "../log/logger.ts";
import { ArchiveLimit, type ArchiveLimits } from "./archive-limits.ts";
import { SymbolicLinks } from "./archive-links.ts";

/** What is unpacked, and how far it is trusted. */
export interface ArchiveRequest {
  /** What messages call it; without credentials. */
  readonly name: string;
  /** The archive: tar, plain or compressed with gzip, zstd, bzip2 or xz. */
  readonly content: AsyncIterable<Uint8Array>;
  /** Where its files go; made where missing. */
  readonly directory: string;
  readonly limits: ArchiveLimits;
  readonly log: Logger;
}

/**
 * Unpacks an archive from outside while it streams by. Files get the archive's modes and times and
 * belong to this user; of a name that comes twice the last one stays. Devices and pipes are left out, with a
 * warning.
 *
 * @throws CONTEXT_REFUSED for a name or a link that leads out of the directory, a name that is not UTF-8,
 *   an archive beyond its limits, and what is no archive.
 * @throws CONTEXT_UNREADABLE when it is damaged or cut off.
 * @throws FILESYSTEM_NO_SPACE, FILESYSTEM_FAILED; errors of `content` pass unchanged.
 */
export async function unpackArchive(request: ArchiveRequest): Promise<void> {
  const { content, directory, name } = request;
  await mkdir(directory, { recursive: true }).catch((error: unknown) => {
    throw filesystemError(`unpack ${name}`, error);
  });
  const limit = new ArchiveLimit(name, request.limits);
  const unpack = new Unpacking(request, limit);
  try {
    for await (const chunk of limit.unpacked(decompress(limit.packed(content)))) {
      await unpack.write(chunk);
    }
  } catch (error) {
    if (!isBuilderError(error, "IMAGE_MALFORMED")) throw error;
    throw damaged(name, error.message, error);
  }
  await unpack.end();
}

/** The `tar` package at work: its complaints are collected, and end the work. */
class Unpacking {
  readonly #request: ArchiveRequest;
  readonly #unpack: Unpack;
  readonly #links: SymbolicLinks;
  #fault: Error | undefined;
  #entries = 0;

  constructor(request: ArchiveRequest, limit: ArchiveLimit) {
    this.#request = request;
    this.#links = new SymbolicLinks(request);
    this.#unpack = new Unpack({
      cwd: request.directory,
      preserveOwner: false,
      umask: 0,
      processUmask: 0,
      filter: (path, entry) => this.#isWanted(path, entry as ReadEntry, limit),
      onwarn: (code, message, { entry }) => this.#complain(code, message, entry),
    });
    this.#unpack.on("error", (error: Error) => this.#complain("", error, undefined));
  }

  async write(chunk: Uint8Array): Promise<void> {
    const flowing = this.#unpack.write(Buffer.from(chunk));
    this.#throwFault();
    if (!flowing) await once(this.#unpack, "drain");
    this.#throwFault();
  }

  async end(): Promise<void> {
    // What fails is kept as the fault, and is not to be thrown by waiting.
    const closed = new Promise<void>((resolve) => {
      for (const event of ["close", "error"] as const) this.#unpack.once(event, () => resolve());
    });
    this.#unpack.end();
    await closed;
    this.#throwFault();
    if (this.#entries === 0) throw this.#noArchive();
    await this.#links.make();
  }

  #isWanted(path: string, entry: ReadEntry, limit: ArchiveLimit): boolean {
    this.#entries += 1;
    try {
      limit.entry();
      assertInside(this.#request.name, path, entry);
    } catch (error) {
      this.#fault ??= error as Error;
      return false;
    }
    if (this.#links.take(path, entry)) return false;
    if (!leftOut.has(entry.type)) return true;
    const { log, name } = this.#request;
    log.warn("a file of the context is left out", { archive: name, path, type: entry.type });
    return false;
  }

  #complain(code: string, message: string | Error, entry: unknown): void {
    if (code === "TAR_ENTRY_INFO" || code === "TAR_ENTRY_UNSUPPORTED") return;
    this.#fault ??= this.#faultOf(message, (entry as ReadEntry | undefined)?.path);
  }

  #faultOf(message: string | Error, path: string | undefined): Error {
    const { name } = this.#request;
    const text = typeof message === "string" ? message : message.message;
    const what = path === undefined ? text : `${text} (${path})`;
    const code = errnoOf(message) ?? "";
    if (/^E[A-Z]+$/.test(code)) return filesystemError(`unpack ${name}`, message);
    if (this.#entries === 0) return this.#noArchive();
    return /symbolic link|\bpath\b|linkpath/i.test(text)
      ? new ContextError("CONTEXT_REFUSED", `${name} cannot be unpacked: ${what}`)
      : damaged(name, what);
  }

  #noArchive(): ContextError {
    const message = `${this.#request.name} is no tar archive, or an empty one`;
    return new ContextError("CONTEXT_REFUSED", message, {
      hint: "A context is a tar archive, plain or compressed with gzip, zstd, bzip2 or xz",
    });
  }

  #throwFault(): void {
    if (this.#fault === undefined) return;
    this.#unpack.abort(new Error("given up"));
    throw this.#fault;
  }
}

function damaged(name: string, what: string, cause?: Error): ContextError {
  return new ContextError("CONTEXT_UNREADABLE", `${name} is damaged: ${what}`, {
    cause,
    hint: "Make the archive again, and check that all of it was brought to where it is",
  });
}

const leftOut = new Set(["CharacterDevice", "BlockDevice", "FIFO"]);

function assertInside(archive: string, path: string, { linkpath, type }: ReadEntry): void {
  const names = type === "Link" ? [path, linkpath ?? ""] : [path];
  for (const name of names) {
    if (name.includes("\uFFFD")) {
      throw new ContextError("CONTEXT_REFUSED", `${archive} has a name that is not UTF-8: ${name}`);
    }
    if (!name.split("/").includes("..")) continue;
    throw new ContextError(
      "CONTEXT_REFUSED",
      `${archive} has a name that leads out of it: ${name}`,
    );
  }
}
