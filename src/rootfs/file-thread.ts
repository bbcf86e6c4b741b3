import { isMainThread, parentPort, workerData } from "node:worker_threads";
import { errnoOf } from "../errors/filesystem-error.ts";
import { type FileBatch, writeBatch } from "./file-batch.ts";

/** What the thread says of each batch, in turn. It gives the bytes back. */
export type FileThreadMessage =
  | { readonly kind: "written"; readonly bytes: FileBatch["bytes"] }
  | { readonly kind: "failed"; readonly errno: string | undefined; readonly message: string };

/** The data of a worker thread that is to write batches of files. */
export const fileThreadData = { writesFiles: true } as const;

/** The file to start the thread with: this one, or the bundle that it is part of. */
export const fileThreadFile = new URL(import.meta.url);

function write(batch: FileBatch): FileThreadMessage {
  try {
    writeBatch(batch);
    return { kind: "written", bytes: batch.bytes };
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    return { kind: "failed", errno: errnoOf(error), message };
  }
}

const data = workerData as Partial<typeof fileThreadData> | null;
if (!isMainThread && data?.writesFiles === true) {
  parentPort?.on("message", (batch: FileBatch) => {
    parentPort?.postMessage(write(batch), [batch.bytes.buffer]);
  });
}
