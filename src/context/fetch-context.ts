import { createReadStream } from "node:fs";
import { mkdir, readdir, rm } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";
import { ContextError } from "../errors/context-error.ts";
import { errnoOf } from "../errors/filesystem-error.ts";
import type { FileTime } from "../filetree/node.ts";
import { ByteReader } from "../layer/byte-reader.ts";
import { sniffCompression } from "../layer/compression.ts";
import type { ArchiveLimits } from "./archive-limits.ts";
import { isPrefix } from "./buckets/bucket-source.ts";
import { fetchPrefix } from "./buckets/fetch-prefix.ts";
import { streamObject } from "./buckets/object-stream.ts";
import { openBucket } from "./buckets/open-bucket.ts";
import { checked } from "./checksum.ts";
import type { ContextSource } from "./context-source.ts";
import { storeDockerfile } from "./fetch-dockerfile.ts";
import { fetchGit } from "./git/fetch-git.ts";
import { streamHttp } from "./http-stream.ts";
import type { RemoteAccess } from "./remote-access.ts";
import { unpackArchive } from "./unpack-archive.ts";

/** A context that does not lie on this machine yet. */
export type RemoteContext = Exclude<ContextSource, { kind: "directory" }>;

export interface FetchOptions {
  readonly access: RemoteAccess;
  /** Where it goes; made here, in a directory that is there. */
  readonly directory: string;
  readonly limits: ArchiveLimits;
  /** What relative paths are relative to; absolute. */
  readonly workingDirectory: string;
  /** Modification time of files of a git repository. */
  readonly time: FileTime;
  /** What the process is given. */
  readonly stdin: AsyncIterable<Uint8Array>;
}

/** A context that is there. */
export interface FetchedContext {
  /** Absolute. */
  readonly directory: string;
  /** The Dockerfile, where the source was one, and no archive: the context is empty then. */
  readonly dockerfile?: string;
}

/**
 * Brings a context from elsewhere into a directory, while it comes: an archive is never stored as such. A
 * single file of text is the Dockerfile of an empty context.
 *
 * @throws CONTEXT_*, FILESYSTEM_*, or the signal's reason.
 */
export async function fetchContext(
  context: RemoteContext,
  options: FetchOptions,
): Promise<FetchedContext> {
  if (context.kind === "git") return fetchRepository(context, options);
  const name = nameOf(context);
  if (context.kind !== "bucket") return fetchContent(name, open(context, options), options);
  const content = await openObjects(context, options);
  return content === undefined
    ? { directory: options.directory }
    : fetchContent(name, content, options);
}

async function fetchContent(
  name: string,
  content: AsyncIterable<Uint8Array>,
  { access, directory, limits }: FetchOptions,
): Promise<FetchedContext> {
  const bytes = new ByteReader(content);
  try {
    const head = await bytes.take(512);
    const whole = bytes.startingWith(head, 1 << 16);
    if (isText(head)) {
      await mkdir(directory, { recursive: true });
      // Beside the context, or COPY would find it.
      return { directory, dockerfile: await storeDockerfile(whole, dirname(directory)) };
    }
    await unpackArchive({ name, content: whole, directory, limits, log: access.log });
    return { directory };
  } finally {
    await bytes.close();
  }
}

/** What messages call a context; credentials may be in all other parts of a URL. */
function nameOf(context: Exclude<RemoteContext, { kind: "git" }>): string {
  if (context.kind === "stdin") return "the context from standard input";
  if (context.kind === "archive") return `the context ${context.path}`;
  if (context.kind === "bucket") return `the context ${context.source.name}`;
  return `the context ${context.url.origin}${context.url.pathname}`;
}

function open(
  context: Exclude<RemoteContext, { kind: "git" | "bucket" }>,
  { access, stdin, workingDirectory }: FetchOptions,
): AsyncIterable<Uint8Array> {
  if (context.kind === "stdin") return stdin;
  if (context.kind === "archive") return readFileOf(resolve(workingDirectory, context.path));
  return streamHttp({ ...context, name: nameOf(context) }, access);
}

/** The content of an object; undefined where all objects below a prefix are there now. */
async function openObjects(
  { source }: Extract<RemoteContext, { kind: "bucket" }>,
  { access, directory, limits }: FetchOptions,
): Promise<AsyncIterable<Uint8Array> | undefined> {
  const { checksum, key, name } = source;
  const bucket = await openBucket(source, access);
  access.log.info("context comes from a bucket", { context: name, identity: bucket.identity });
  if (!isPrefix(key)) {
    return checked(streamObject({ bucket, source, key }, access), { checksum, name });
  }
  await fetchPrefix({ bucket, source, directory, limits }, access);
  return undefined;
}

async function* readFileOf(path: string): AsyncGenerator<Uint8Array> {
  try {
    for await (const chunk of createReadStream(path)) yield chunk as Uint8Array;
  } catch (cause) {
    const isAbsent = ["ENOENT", "ENOTDIR"].includes(errnoOf(cause) ?? "");
    throw new ContextError(
      isAbsent ? "CONTEXT_NOT_FOUND" : "CONTEXT_UNREADABLE",
      `the context ${path} ${isAbsent ? "is not there" : `cannot be read: ${errnoOf(cause)}`}`,
      { cause, hint: "Check --context, and that the workspace is mounted" },
    );
  }
}

async function fetchRepository(
  { source }: Extract<RemoteContext, { kind: "git" }>,
  { access, time }: FetchOptions,
): Promise<FetchedContext> {
  const { directory, commit } = await fetchGit(source, access, time);
  access.log.info("context comes from a git repository", { repository: source.remote, commit });
  if (source.keepGitDir !== true) await removeGitDirectories(directory);
  return { directory };
}

/** What git keeps beside the files; submodules have some of it too. */
async function removeGitDirectories(directory: string): Promise<void> {
  const entries = await readdir(directory, { recursive: true, withFileTypes: true });
  for (const { name, parentPath } of entries) {
    const isNested = parentPath.split("/").includes(".git");
    if (name === ".git" && !isNested) await rm(join(parentPath, name), { recursive: true });
  }
}

/** Archives have a byte 0 in their first block, or say how they are compressed. */
function isText(head: Uint8Array): boolean {
  return head.length > 0 && !head.includes(0) && sniffCompression(head) === "none";
}
