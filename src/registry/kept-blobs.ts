import { createWriteStream } from "node:fs";
import { open, rm } from "node:fs/promises";
import path from "node:path";
import { Readable } from "node:stream";
import { finished, pipeline } from "node:stream/promises";
import { isBuilderError } from "../errors/builder-error.ts";
import type { Descriptor } from "../image/descriptor.ts";
import { hexOf } from "../image/digest.ts";
import { verified } from "../image/verified.ts";
import type { Logger } from "../log/logger.ts";
import { writeAtomically } from "../support/atomic-file.ts";
import type { RegistryClient } from "./registry-client.ts";

/**
 * A client that keeps every blob that it opens in a directory, and takes it from there the next time. Builds may
 * share the directory, also at the same time: a blob appears complete or not at all. One that is damaged is
 * fetched again; where the directory cannot be written to, blobs come from the registry.
 */
export function keepBlobs(client: RegistryClient, directory: string, log: Logger): RegistryClient {
  return {
    ...client,
    openBlob: async (repository, descriptor, options) => {
      const file = fileOf(directory, descriptor);
      const kept = await openWhole(file, descriptor, log);
      if (kept !== undefined) return kept;
      const fetch = (): Promise<Readable> => client.openBlob(repository, descriptor, options);
      const isKept = await keep(file, fetch, log);
      const opened = isKept ? await open(file).catch(() => undefined) : undefined;
      return opened?.createReadStream() ?? fetch();
    },
  };
}

/** A blob that a directory is to have, and where it comes from. */
export interface BlobToKeep {
  readonly descriptor: Descriptor;
  readonly open: () => Promise<Readable>;
  /** Whether it is fetched although it is there. */
  readonly force: boolean;
}

/**
 * Makes a directory have a blob, for clients of `keepBlobs`. What is there is checked; what is not, or is
 * damaged, is fetched.
 *
 * @throws FILESYSTEM_*, and what opening and reading the blob throw
 */
export async function keepBlob(
  directory: string,
  { descriptor, open: fetch, force }: BlobToKeep,
  log: Logger,
): Promise<"kept" | "fetched"> {
  const file = fileOf(directory, descriptor);
  const kept = force ? undefined : await openWhole(file, descriptor, log);
  kept?.destroy();
  if (kept !== undefined) return "kept";
  await write(file, fetch);
  return "fetched";
}

/** Where in a directory its blobs are, each called by its digest in hex. */
export function blobsDirectory(directory: string): string {
  return path.join(directory, "blobs", "sha256");
}

function fileOf(directory: string, { digest }: Descriptor): string {
  return path.join(blobsDirectory(directory), hexOf(digest));
}

/**
 * Opens a blob; undefined where the file is not there, or not the blob: then it goes. What is open stays readable
 * when somebody removes it.
 */
async function openWhole(
  file: string,
  descriptor: Descriptor,
  log: Logger,
): Promise<Readable | undefined> {
  const handle = await open(file).catch(() => undefined);
  if (handle === undefined) return undefined;
  try {
    const content = handle.createReadStream({ start: 0, autoClose: false });
    await finished(Readable.from(verified(content, descriptor)).resume());
  } catch {
    log.warn("a kept blob is damaged and is fetched again", { file });
    await handle.close();
    await rm(file, { force: true }).catch(() => undefined);
    return undefined;
  }
  // `slipway cache prune` goes by the last use. Who may only read does without.
  const now = new Date();
  await handle.utimes(now, now).catch(() => undefined);
  return handle.createReadStream({ start: 0 });
}

/** Writes a blob to its place. What keeps it from being written is no reason to fail. */
async function keep(file: string, fetch: () => Promise<Readable>, log: Logger): Promise<boolean> {
  try {
    await write(file, fetch);
    return true;
  } catch (error) {
    if (!isBuilderError(error) || !error.code.startsWith("FILESYSTEM_")) throw error;
    log.warn("a blob cannot be kept", { file, reason: error.message });
    return false;
  }
}

function write(file: string, fetch: () => Promise<Readable>): Promise<void> {
  return writeAtomically(file, async (partial) => {
    await pipeline(await fetch(), createWriteStream(partial));
  });
}
