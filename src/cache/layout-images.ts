import { randomUUID } from "node:crypto";
import { link, mkdir, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import { isBuilderError } from "../errors/builder-error.ts";
import { errnoOf, filesystemError } from "../errors/filesystem-error.ts";
import { hexOf } from "../image/digest.ts";
import { OciLayout } from "../output/oci-layout.ts";
import { LayoutSource } from "../registry/oci-layout-source.ts";
import type { ImageSource } from "../registry/read-image.ts";
import type { KeptImage, KeptImages } from "./kept-images.ts";
import { removeAside } from "./remove-aside.ts";

const doing = "store an image in the cache";

/**
 * A directory that has each image as an OCI layout of its own, called like its name, as kaniko's `oci:DIR` has.
 * Images come and go by one rename, so that builds at the same time need not wait for each other.
 */
export class LayoutImages implements KeptImages {
  readonly name: string;
  readonly #directory: string;

  /** `directory` is absolute, and made on demand. */
  constructor(directory: string) {
    this.name = directory;
    this.#directory = directory;
  }

  async find<T>(name: string, read: (source: ImageSource) => Promise<T>): Promise<T | undefined> {
    try {
      return await read(new LayoutSource({ layout: { directory: join(this.#directory, name) } }));
    } catch (error) {
      if (isBuilderError(error, "CONTEXT_NOT_FOUND")) return undefined;
      throw error;
    }
  }

  discard(name: string): Promise<void> {
    return removeAside(join(this.#directory, name));
  }

  async put(
    names: readonly string[],
    { layers, inFormat }: KeptImage,
    signal: AbortSignal,
  ): Promise<void> {
    const documents = inFormat("oci");
    let paths = layers.map(({ path }) => path);
    for (const name of names) {
      const partial = join(this.#directory, `.${randomUUID()}.partial`);
      const blobs = join(partial, "blobs", "sha256");
      const own = layers.map(({ descriptor }) => join(blobs, hexOf(descriptor.digest)));
      try {
        await onDisk(() => mkdir(blobs, { recursive: true }));
        for (const [index, path] of own.entries()) await linkIfPossible(paths[index] ?? "", path);
        const layout = new OciLayout({ directory: partial, names: [], signal });
        await layout.publish({ ...documents, layers });
        await onDisk(() => replace(partial, join(this.#directory, name)));
      } finally {
        await rm(partial, { recursive: true, force: true });
      }
      paths = own.map((path) => path.replace(partial, join(this.#directory, name)));
    }
  }
}

/** Where it is not possible, for it is another disk or the file is gone, the bytes are copied later. */
async function linkIfPossible(from: string, to: string): Promise<void> {
  await link(from, to).catch(() => undefined);
}

/** Puts a directory in the place of another one. */
async function replace(from: string, to: string): Promise<void> {
  const former = join(to, "..", `.${randomUUID()}.former`);
  try {
    await rename(to, former);
  } catch (error) {
    if (errnoOf(error) !== "ENOENT") throw error;
  }
  try {
    await rename(from, to);
  } catch (error) {
    // Another build was faster, and what it has stored is as good.
    if (!["ENOTEMPTY", "EEXIST"].includes(errnoOf(error) ?? "")) throw error;
  } finally {
    await rm(former, { recursive: true, force: true });
  }
}

async function onDisk<T>(action: () => Promise<T>): Promise<T> {
  try {
    return await action();
  } catch (error) {
    throw filesystemError(doing, error);
  }
}
