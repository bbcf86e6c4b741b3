import { type NewFile, writeWholeFile } from "./write-file.ts";

/** Small files in a form that another thread can be given. */
export interface FileBatch {
  /** The bytes of all files, one after the other. */
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly files: readonly BatchedFile[];
}

interface BatchedFile extends NewFile {
  /** Where its bytes begin and end. */
  readonly start: number;
  readonly end: number;
}

const batchBytes = 512 * 1024;
const batchFiles = 200;

/** Collects files until they are enough to be worth handing over. */
export class BatchFiller {
  readonly #bytes: FileBatch["bytes"];
  readonly #files: BatchedFile[] = [];
  #used = 0;

  /** `bytes` are those of an earlier batch: garbage that is not used again stays in memory for long. */
  constructor(bytes: FileBatch["bytes"] = new Uint8Array(batchBytes)) {
    this.#bytes = bytes;
  }

  /** Whether nothing of this length fits any more. */
  isFullFor(length: number): boolean {
    return this.#files.length === batchFiles || this.#used + length > batchBytes;
  }

  add(file: NewFile, bytes: Uint8Array): void {
    const start = this.#used;
    this.#bytes.set(bytes, start);
    this.#used += bytes.length;
    this.#files.push({ ...file, start, end: this.#used });
  }

  batch(): FileBatch {
    return { bytes: this.#bytes, files: this.#files };
  }
}

/** Makes all files of a batch. */
export function writeBatch({ bytes, files }: FileBatch): void {
  for (const file of files) writeWholeFile(file, bytes.subarray(file.start, file.end));
}
