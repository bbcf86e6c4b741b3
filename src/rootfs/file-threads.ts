import { availableParallelism } from "node:os";
import { Worker } from "node:worker_threads";
import { BatchFiller, type FileBatch, writeBatch } from "./file-batch.ts";
import { type FileThreadMessage, fileThreadData, fileThreadFile } from "./file-thread.ts";
import { type NewFile, writeWholeFile } from "./write-file.ts";

/** Below so many files, starting a thread takes longer than it saves. */
const worthThreads = 4000;
const mostThreads = 3;
/** One that is being written, and one that waits. */
const batchesPerThread = 2;

/**
 * Makes many small files, on several cores where there are some: what making a file costs is the kernel's work, which
 * it does for several directories at a time. A batch that no thread has time for is written by this one.
 */
export class FileThreads implements AsyncDisposable {
  readonly #threads: readonly FileThread[];
  readonly #written: Promise<void>[] = [];
  readonly #free: FileBatch["bytes"][] = [];
  #filler: BatchFiller | undefined;

  /** `files` is how many there will be. */
  constructor(files: number) {
    const useful = files < worthThreads ? 0 : Math.min(mostThreads, availableParallelism() - 1);
    this.#threads = Array.from({ length: useful }, () => new FileThread());
  }

  /**
   * Makes a small file, now or later.
   *
   * @throws the error of a system call.
   */
  write(file: NewFile, bytes: Uint8Array): void {
    if (this.#threads.length === 0) return writeWholeFile(file, bytes);
    if (this.#filler?.isFullFor(bytes.length) === true) this.#handOver(this.#filler.batch());
    this.#filler ??= new BatchFiller(this.#free.pop());
    this.#filler.add(file, bytes);
  }

  /**
   * Waits until all files are there.
   *
   * @throws the error of a system call, with its `code`.
   */
  async finish(): Promise<void> {
    if (this.#filler !== undefined) this.#handOver(this.#filler.batch());
    await Promise.all(this.#written);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.#threads.map((thread) => thread[Symbol.asyncDispose]()));
  }

  #handOver(batch: FileBatch): void {
    this.#filler = undefined;
    const thread = this.#threads.find((each) => each.pending < batchesPerThread);
    if (thread === undefined) {
      writeBatch(batch);
      this.#free.push(batch.bytes);
    } else this.#handTo(thread, batch);
  }

  #handTo(thread: FileThread, batch: FileBatch): void {
    const written = thread.write(batch).then((bytes) => void this.#free.push(bytes));
    // It is awaited at the end.
    written.catch(() => undefined);
    this.#written.push(written);
  }
}

class FileThread implements AsyncDisposable {
  readonly #worker = new Worker(fileThreadFile, {
    workerData: fileThreadData,
    execArgv: [],
    env: {},
  });
  /** Of batches that have been handed over, in turn. */
  readonly #answers: PromiseWithResolvers<FileBatch["bytes"]>[] = [];

  constructor() {
    this.#worker.on("message", (message: FileThreadMessage) => {
      const answer = this.#answers.shift();
      if (message.kind === "written") answer?.resolve(message.bytes);
      else answer?.reject(Object.assign(new Error(message.message), { code: message.errno }));
    });
    this.#worker.once("error", (error) => this.#end(error));
    this.#worker.once("exit", () => this.#end(new Error("a thread that writes files ended")));
  }

  /** How many batches it has not written yet. */
  get pending(): number {
    return this.#answers.length;
  }

  /** Gives the bytes back when all files are there. */
  write(batch: FileBatch): Promise<FileBatch["bytes"]> {
    const answer = Promise.withResolvers<FileBatch["bytes"]>();
    this.#answers.push(answer);
    this.#worker.postMessage(batch, [batch.bytes.buffer]);
    return answer.promise;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#worker.terminate();
  }

  #end(error: Error): void {
    for (const answer of this.#answers.splice(0)) answer.reject(error);
  }
}
