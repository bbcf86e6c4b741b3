import { ContextError } from "../errors/context-error.ts";
import { formatBytes } from "../support/format-bytes.ts";

/** How large an archive from outside may become. */
export interface ArchiveLimits {
  /** Bytes of all its files. */
  readonly bytes: number;
  /** Files, directories and links. */
  readonly entries: number;
  /** How many times larger than the archive that is. */
  readonly ratio: number;
}

/** Much more than a build context has, and less than fills a node; no archive of real files is so much smaller. */
export const defaultArchiveLimits: ArchiveLimits = {
  bytes: 64 * 2 ** 30,
  entries: 2_000_000,
  ratio: 1000,
};

/** Few bytes say nothing about a ratio. */
const ratioFromBytes = 256 * 2 ** 20;

/** Counts what comes out of an archive, and ends it when that is too much. */
export class ArchiveLimit {
  readonly #name: string;
  readonly #limits: ArchiveLimits;
  #packed = 0;
  #unpacked = 0;
  #entries = 0;

  /** `name` is what messages call the archive. */
  constructor(name: string, limits: ArchiveLimits) {
    this.#name = name;
    this.#limits = limits;
  }

  /**
   * Passes the archive on as it comes.
   *
   * @yields its chunks.
   */
  async *packed(content: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
    for await (const chunk of content) {
      this.#packed += chunk.length;
      yield chunk;
    }
  }

  /**
   * Passes on what is in it.
   *
   * @yields its chunks.
   * @throws CONTEXT_REFUSED
   */
  async *unpacked(content: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
    for await (const chunk of content) {
      this.#unpacked += chunk.length;
      if (this.#unpacked > this.#limits.bytes) {
        throw this.#refused(`is larger than ${formatBytes(this.#limits.bytes)}`, "bytes");
      }
      const { ratio } = this.#limits;
      if (this.#unpacked > ratioFromBytes && this.#unpacked > this.#packed * ratio) {
        throw this.#refused(`unpacks to more than ${ratio} times its size`, "ratio");
      }
      yield chunk;
    }
  }

  /**
   * Counts a file.
   *
   * @throws CONTEXT_REFUSED
   */
  entry(): void {
    this.#entries += 1;
    if (this.#entries <= this.#limits.entries) return;
    throw this.#refused(`has more than ${this.#limits.entries} files`, "files");
  }

  #refused(what: string, limit: "bytes" | "files" | "ratio"): ContextError {
    const hint = `--context-max-${limit} permits more`;
    return new ContextError("CONTEXT_REFUSED", `${this.#name} ${what}`, { hint });
  }
}
