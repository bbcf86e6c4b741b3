import { createWriteStream } from "node:fs";
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { isBuilderError } from "../errors/builder-error.ts";
import { ContextError } from "../errors/context-error.ts";
import { filesystemError } from "../errors/filesystem-error.ts";
import { streamHttp } from "./http-stream.ts";
import type { RemoteAccess } from "./remote-access.ts";

/** Longer texts than this, in bytes, are no Dockerfile. */
const dockerfileLimit = 16 << 20;

/** Whether `--dockerfile` names one of another machine, or standard input. */
export function isRemoteDockerfile(location: string): boolean {
  return location === "-" || /^https?:\/\//i.test(location);
}

export interface DockerfilePlaces {
  readonly access: RemoteAccess;
  /** What the process is given. */
  readonly stdin: AsyncIterable<Uint8Array>;
  /** An existing directory. */
  readonly directory: string;
}

/**
 * Brings a Dockerfile from standard input (`-`) or from an `http` or `https` address, and gives its path.
 *
 * @throws CONTEXT_*, FILESYSTEM_*, or the signal's reason
 */
export async function fetchDockerfile(
  location: string,
  { access, stdin, directory }: DockerfilePlaces,
): Promise<string> {
  if (location === "-") return storeDockerfile(stdin, directory);
  if (!URL.canParse(location)) {
    throw new ContextError("CONTEXT_UNSUPPORTED", "the Dockerfile's address is no URL");
  }
  const url = new URL(location);
  const name = `the Dockerfile ${url.origin}${url.pathname}`;
  return storeDockerfile(streamHttp({ url, name, checksum: undefined }, access), directory);
}

/**
 * Writes a Dockerfile into a directory of its own below `directory`, and gives its path.
 *
 * @throws CONTEXT_REFUSED for what is too long to be one, FILESYSTEM_*; errors of `content` pass unchanged
 */
export async function storeDockerfile(
  content: AsyncIterable<Uint8Array>,
  directory: string,
): Promise<string> {
  const place = join(directory, "dockerfile");
  const path = join(place, "Dockerfile");
  try {
    await mkdir(place, { recursive: true });
    await pipeline(Readable.from(limited(content)), createWriteStream(path));
  } catch (error) {
    throw isBuilderError(error) ? error : filesystemError("write the Dockerfile", error, path);
  }
  return path;
}

async function* limited(content: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  let size = 0;
  for await (const chunk of content) {
    size += chunk.length;
    if (size > dockerfileLimit) {
      throw new ContextError("CONTEXT_REFUSED", "the Dockerfile is larger than 16 MiB", {
        hint: "A context is a tar archive, a git repository or a directory",
      });
    }
    yield chunk;
  }
}
