import { createWriteStream } from "node:fs";
import { mkdir, utimes } from "node:fs/promises";
import { dirname, join } from "node:path";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { isBuilderError } from "../../errors/builder-error.ts";
import { ContextError } from "../../errors/context-error.ts";
import { errnoOf, filesystemError } from "../../errors/filesystem-error.ts";
import { counted, Transfer } from "../../log/transfer.ts";
import { createLimit } from "../../support/limit.ts";
import { defaultRetryPolicy, retry } from "../../support/retry.ts";
import { ArchiveLimit, type ArchiveLimits } from "../archive-limits.ts";
import type { RemoteAccess } from "../remote-access.ts";
import { Attempt } from "./attempt.ts";
import type { Bucket, ListedObject } from "./bucket.ts";
import { bucketError } from "./bucket-fault.ts";
import type { BucketSource } from "./bucket-source.ts";
import { readObject } from "./object-stream.ts";

/** How many objects are read at a time. */
const parallel = 8;

export interface PrefixRequest {
  readonly bucket: Bucket;
  readonly source: BucketSource;
  /** Where the files go; made where missing. */
  readonly directory: string;
  readonly limits: ArchiveLimits;
}

/**
 * Brings all objects below a prefix into a directory, as files with the times of the objects. An object whose key
 * ends in a slash is a directory.
 *
 * @throws CONTEXT_NOT_FOUND when there are none.
 * @throws CONTEXT_REFUSED for names that lead out of the directory or are no names of files, and beyond the limits.
 * @throws CONTEXT_UNREACHABLE, FILESYSTEM_*, or the signal's reason.
 */
export async function fetchPrefix(request: PrefixRequest, access: RemoteAccess): Promise<void> {
  const { directory, limits, source } = request;
  const name = `the context ${source.name}`;
  const limit = new ArchiveLimit(name, limits);
  const objects = await listObjects(request, { access, limit });
  if (objects.length === 0) {
    throw new ContextError("CONTEXT_NOT_FOUND", `${name} has no objects below it`, {
      hint: "Check the prefix, and the names of bucket and account",
    });
  }
  await mkdir(directory, { recursive: true }).catch((error: unknown) => {
    throw filesystemError(`fetch ${name}`, error);
  });
  const slots = createLimit(parallel);
  const total = objects.reduce((sum, { size }) => sum + size, 0);
  const transfer = new Transfer(access.log, { doing: "fetching", what: source.name, total });
  const failed = new AbortController();
  const signal = AbortSignal.any([access.signal, failed.signal]);
  const work = objects.map((object) =>
    slots(async () => {
      signal.throwIfAborted();
      await store(object, request, { access: { ...access, signal }, limit, transfer });
    }).catch((error: unknown) => {
      failed.abort(error);
      throw error;
    }),
  );
  // All have ended before the directory may be removed.
  await Promise.allSettled(work);
  await Promise.all(work);
}

interface Means {
  readonly access: RemoteAccess;
  readonly limit: ArchiveLimit;
  readonly transfer: Transfer;
}

async function listObjects(
  { bucket, limits, source }: PrefixRequest,
  { access, limit }: Omit<Means, "transfer">,
): Promise<readonly ListedObject[]> {
  const { retry: policy = defaultRetryPolicy, signal } = access;
  const objects: ListedObject[] = [];
  const all = async (): Promise<void> => {
    objects.length = 0;
    const attempt = new Attempt(signal);
    try {
      for await (const page of attempt.idleAware(bucket.list(source.key, attempt.signal))) {
        objects.push(...page);
        if (objects.length > limits.entries) return;
      }
    } catch (error) {
      signal.throwIfAborted();
      throw bucketError(source, bucket.faultOf(error));
    } finally {
      attempt.end();
    }
  };
  await retry(all, { policy, signal });
  for (const { key } of objects) {
    limit.entry();
    assertName(source, key);
  }
  return objects;
}

function assertName({ key: prefix, name }: BucketSource, key: string): void {
  const parts = key.slice(prefix.length).replace(/\/$/, "").split("/");
  const isWhole = key === prefix;
  const isWrong = parts.some((part) => ["", ".", ".."].includes(part) || part.includes("\0"));
  if (isWhole || (key.startsWith(prefix) && !isWrong)) return;
  throw new ContextError(
    "CONTEXT_REFUSED",
    `the context ${name} has a name that is no path below it: ${key}`,
    { hint: "Rename the object, or choose another prefix" },
  );
}

async function store(
  { key, time }: ListedObject,
  { bucket, directory, source }: PrefixRequest,
  { access, limit, transfer }: Means,
): Promise<void> {
  const path = join(directory, key.slice(source.key.length));
  try {
    if (key === "" || key.endsWith("/")) {
      await mkdir(path, { recursive: true });
      return;
    }
    await mkdir(dirname(path), { recursive: true });
    const content = limit.packed(counted(readObject({ bucket, source, key }, access), transfer));
    await pipeline(
      Readable.from(limit.unpacked(content)),
      createWriteStream(path, { flags: "wx" }),
    );
    if (time !== undefined) await utimes(path, time, time);
  } catch (error) {
    access.signal.throwIfAborted();
    if (isBuilderError(error)) throw error;
    if (!["EEXIST", "EISDIR", "ENOTDIR"].includes(errnoOf(error) ?? "")) {
      throw filesystemError(`fetch ${source.name}`, error, path);
    }
    throw new ContextError(
      "CONTEXT_REFUSED",
      `the context ${source.name} has an object and a directory of one name: ${key}`,
      { hint: "Rename the object" },
    );
  }
}
