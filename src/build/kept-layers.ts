import type { LayerSource } from "../filetree/node.ts";
import type { Digest } from "../image/digest.ts";
import type { Spool } from "../layer/spool.ts";
import { createLimit } from "../support/limit.ts";

/** Layers that are fetched at the same time. */
const maxFetches = 4;

/** Layers of registries that are kept in the spool, each fetched once. */
export class KeptLayers implements AsyncDisposable {
  readonly #spool: Spool;
  readonly #signal: AbortSignal;
  readonly #limit = createLimit(maxFetches);
  readonly #remotes = new Map<Digest, LayerSource>();
  readonly #layers = new Map<Digest, Promise<LayerSource>>();

  /** After `signal` nothing more is fetched. */
  constructor(spool: Spool, signal: AbortSignal) {
    this.#spool = spool;
    this.#signal = signal;
  }

  /** A layer that is fetched when it is first opened. */
  keep(remote: LayerSource): LayerSource {
    const { descriptor } = remote;
    this.#remotes.set(descriptor.digest, remote);
    return { descriptor, open: async () => (await this.fetch(remote)).open() };
  }

  /** Begins to fetch those of `layers` that are kept, since all of them will be opened. */
  prefetch(layers: Iterable<Pick<LayerSource, "descriptor">>): void {
    for (const { descriptor } of layers) {
      const remote = this.#remotes.get(descriptor.digest);
      if (remote !== undefined) void this.fetch(remote).catch(() => undefined);
    }
  }

  /**
   * Fetches a layer, unless that has begun already. What goes wrong may be left to a later caller.
   *
   * @throws IMAGE_MALFORMED, REGISTRY_*, FILESYSTEM_NO_SPACE, FILESYSTEM_FAILED
   */
  fetch(remote: LayerSource): Promise<LayerSource> {
    const { digest } = remote.descriptor;
    let kept = this.#layers.get(digest);
    if (kept === undefined) {
      kept = this.#limit(() => {
        this.#signal.throwIfAborted();
        return this.#spool.keep(remote);
      });
      kept.catch(() => undefined);
      this.#layers.set(digest, kept);
    }
    return kept;
  }

  /** Waits for what is still being fetched. */
  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.allSettled(this.#layers.values());
  }
}
