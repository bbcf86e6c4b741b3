import type { Descriptor } from "../image/descriptor.ts";
import type { Digest } from "../image/digest.ts";
import type { Repository } from "../image/reference.ts";
import type { LayerBlob } from "../layer/layer-blob.ts";

/** A layer of an image that is going out: written by this build (a `LayerBlob`), or its base's. */
export interface ImageLayer extends Pick<LayerBlob, "descriptor" | "diffId" | "open"> {
  /** Where a registry has it already: the repository that the base image was pulled from. */
  readonly origin?: Repository;
}

/** An image of a registry by its name, and by what the name stood for. */
export interface BaseImage {
  readonly repository: Repository;
  readonly digest: Digest;
}

/** Bytes that are small enough to be held, and what points at them. */
export interface Document {
  readonly descriptor: Descriptor;
  readonly bytes: Buffer;
}

/** An image with all its parts. */
export interface FinishedImage {
  /** The image of a registry that it was built from, by its manifest; absent where there was none. */
  readonly base?: BaseImage;
  readonly manifest: Document;
  readonly config: Document;
  /** In the order of the manifest. */
  readonly layers: readonly ImageLayer[];
}

/**
 * A place that an image goes to: registries, or a file or directory of this machine.
 *
 * Disposal ends what is still under way, and waits for it; it leaves no partial files.
 */
export interface Output extends AsyncDisposable {
  /**
   * Says that `layer` will be part of the image, so that it can go ahead while the build goes on.
   * Returns at once; what fails is reported by `publish`. The same digest again changes nothing.
   */
  startLayer(layer: ImageLayer): void;
  /**
   * Brings everything to its place. The image appears under its names only after all its parts are
   * there; when this throws, the names mean what they meant before.
   */
  publish(image: FinishedImage): Promise<void>;
}
