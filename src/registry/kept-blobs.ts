import { createReadStream, createWriteStream } from "node:fs";
import { rm, stat } from "node:fs/promises";
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
      if (await isWhole(file, descriptor, log)) return createReadStream(file);
      const fetch = (): Promise<Readable> => client.openBlob(repository, descriptor, options);
      const kept = await keep(file, fetch, log);
      return kept ? createReadStream(file) : fetch();
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
  { descriptor, open, force }: BlobToKeep,
  log: Logger,
): Promise<"kept" | "fetched"> {
  const file = fileOf(directory, descriptor);
  if (!force && (await isWhole(file, descriptor, log))) return "kept";
  await write(file, open);
  return "fetched";
}

function fileOf(directory: string, { digest }: Descriptor): string {
  return path.join(directory, "blobs", "sha256", hexOf(digest));
}

/** Whether a file is the blob; one that is not goes. */
async function isWhole(file: string, descriptor: Descriptor, log: Logger): Promise<boolean> {
  if ((await stat(file).catch(() => undefined)) === undefined) return false;
  try {
    await finished(Readable.from(verified(createReadStream(file), descriptor)).resume());
    return true;
  } catch {
    log.warn("a kept blob is damaged and is fetched again", { file });
    await rm(file, { force: true }).catch(() => undefined);
    return false;
  }
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

function write(file: string, open: () => Promise<Readable>): Promise<void> {
  return writeAtomically(file, async (partial) => {
    await pipeline(await open(), createWriteStream(partial));
  });
}
