import type { ImageFormat } from "../image/image-format.ts";
import type { Document, ImageLayer } from "../output/output.ts";
import type { ImageSource } from "../registry/read-image.ts";

/** The documents of an image: its manifest and its configuration. */
export interface ImageDocuments {
  readonly manifest: Document;
  readonly config: Document;
}

/** What an image is called that is kept behind others of its name: the second `NAME-2`, and so on. */
export function numberedName(name: string, number: number): string {
  return number === 1 ? name : `${name}-${number}`;
}

/** A layer to be kept. */
export interface KeptLayer extends ImageLayer {
  /** Absolute path of a file with its bytes, where there is one. */
  readonly path?: string;
}

/** An image to be kept. */
export interface KeptImage {
  /** In the order of the manifest. */
  readonly layers: readonly KeptLayer[];
  /** Its documents in the types of a format. */
  readonly inFormat: (format: ImageFormat) => ImageDocuments;
}

/** A place that keeps images by names, which are all that tells them apart there. */
export interface KeptImages {
  /** How messages call it. */
  readonly name: string;
  /**
   * Calls `read` with the image of a name; undefined where there is none.
   *
   * @throws REGISTRY_*, CONTEXT_UNREADABLE where it cannot be asked; and what `read` throws.
   */
  find<T>(
    name: string,
    read: (source: ImageSource) => Promise<T>,
    signal: AbortSignal,
  ): Promise<T | undefined>;
  /**
   * Keeps an image under each of `names`, in place of what is there. It appears with all its parts.
   *
   * @throws REGISTRY_*, FILESYSTEM_*
   */
  put(names: readonly string[], image: KeptImage, signal: AbortSignal): Promise<void>;
  /** Removes what has a name; absent where nothing is removed. @throws FILESYSTEM_FAILED */
  discard?(name: string): Promise<void>;
}
