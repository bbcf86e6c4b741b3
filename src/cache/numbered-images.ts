import { isBuilderError } from "../errors/builder-error.ts";
import { ImmutableTagError } from "../registry/answer-failure.ts";
import type { ImageSource } from "../registry/read-image.ts";
import { type KeptImage, type KeptImages, numberedName } from "./kept-images.ts";
import type { RegistryImages } from "./registry-images.ts";

/** Other builds that may take the next number at the same time. */
const mostTries = 16;

/**
 * A repository whose tags may be such that nobody can change them: an image is replaced by one with the next number
 * behind its name then, `NAME-2` and so on, and the highest is the one that is meant. All tags are listed for that
 * once.
 */
export class NumberedImages implements KeptImages {
  readonly name: string;
  readonly #images: RegistryImages;
  #tags: Promise<readonly string[]> | undefined;

  constructor(images: RegistryImages) {
    this.name = images.name;
    this.#images = images;
  }

  async find<T>(
    name: string,
    read: (source: ImageSource) => Promise<T>,
    signal: AbortSignal,
  ): Promise<T | undefined> {
    return this.#images.find(
      numberedName(name, await this.#lastNumber(name, signal)),
      read,
      signal,
    );
  }

  async put(names: readonly string[], image: KeptImage, signal: AbortSignal): Promise<void> {
    for (const name of names) await this.#put(name, image, signal);
  }

  async #put(name: string, image: KeptImage, signal: AbortSignal): Promise<void> {
    const first = await this.#lastNumber(name, signal);
    for (let number = first; ; number += 1) {
      try {
        return await this.#images.put([numberedName(name, number)], image, signal);
      } catch (error) {
        if (!(error instanceof ImmutableTagError) || number - first >= mostTries) throw error;
      }
    }
  }

  /** That of the image which is there, or else the first. */
  async #lastNumber(name: string, signal: AbortSignal): Promise<number> {
    this.#tags ??= this.#list(signal);
    const numbers = (await this.#tags).flatMap((tag) => {
      if (!tag.startsWith(`${name}-`)) return [];
      const digits = tag.slice(name.length + 1);
      return /^[1-9]\d{0,8}$/.test(digits) ? [Number(digits)] : [];
    });
    return Math.max(1, ...numbers);
  }

  /** A registry that does not list tags is one whose tags can be changed, for all that is known. */
  async #list(signal: AbortSignal): Promise<readonly string[]> {
    try {
      return await this.#images.list(signal);
    } catch (error) {
      signal.throwIfAborted();
      if (isBuilderError(error, "REGISTRY_UNREACHABLE")) throw error;
      return [];
    }
  }
}
