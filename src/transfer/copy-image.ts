import { isBuilderError } from "../errors/builder-error.ts";
import { ImageError } from "../errors/image-error.ts";
import type { Descriptor } from "../image/descriptor.ts";
import type { Digest } from "../image/digest.ts";
import { isAttestation } from "../image/images-in.ts";
import type { Manifest } from "../image/manifest.ts";
import { isListedImageType } from "../image/media-type.ts";
import { isIndex, parseManifest } from "../image/parse-manifest.ts";
import type { Platform } from "../image/platform.ts";
import {
  formatRepository,
  type ImageReference,
  type Repository,
  sameRepository,
} from "../image/reference.ts";
import { settleDestinations, throwFailures } from "../output/destination-outcome.ts";
import { Push } from "../output/push.ts";
import { putDocument, type RegistryPorts } from "../output/put-document.ts";
import {
  deepestIndex,
  type FoundManifest,
  type ImageSource,
  resolveManifest,
} from "../registry/read-image.ts";

export interface CopyRequest {
  readonly source: ImageSource;
  /** At least one, each with a tag. */
  readonly destinations: readonly ImageReference[];
  /** Of an index, the platform whose image is meant; all of it where undefined. */
  readonly platform: Platform | undefined;
}

/** What came of it. */
export interface CopiedImage {
  /** Of what the destinations' tags name now: the source's own. */
  readonly digest: Digest;
  /** Of the images that it lists, if it is an index, each once; attestations left out. */
  readonly manifests: readonly Digest[];
}

/**
 * Brings an image, an index with all that it lists, or an artifact that is made like an image, to
 * registries. Manifests stay what they are, byte for byte. Blobs are mounted where source and destination
 * are repositories of one registry, else streamed without being stored; what is there is not sent.
 * The tags change last. A registry that fails does not keep the others from getting all.
 *
 * @throws IMAGE_PLATFORM_UNAVAILABLE, IMAGE_MALFORMED, REGISTRY_*, and whatever the source throws.
 */
export async function copyImage(request: CopyRequest, ports: RegistryPorts): Promise<CopiedImage> {
  const { source, platform } = request;
  const found =
    platform === undefined
      ? await source.manifest(undefined)
      : (await resolveManifest(source, platform)).found;
  const registries = Map.groupBy(request.destinations, ({ registry }) => registry);
  const copies = new Map(
    [...registries].map(([registry, destinations]) => {
      const copy = new Copy({ source, destinations }, ports);
      return [registry, { copy, done: copy.bringRoot(found) }];
    }),
  );
  const outcomes = await settleDestinations(request.destinations, async ({ registry }) => {
    await copies.get(registry)?.done;
  });
  throwFailures(outcomes);
  const [first] = copies.values();
  const manifests = first?.copy.images ?? [];
  return { digest: found.descriptor.digest, manifests };
}

/** What goes to one registry. */
class Copy {
  readonly #request: Pick<CopyRequest, "source" | "destinations">;
  readonly #ports: RegistryPorts;
  readonly #done = new Set<Digest>();
  readonly images: Digest[] = [];

  constructor(request: Pick<CopyRequest, "source" | "destinations">, ports: RegistryPorts) {
    this.#request = request;
    this.#ports = ports;
  }

  async bringRoot(found: FoundManifest): Promise<void> {
    const { destinations } = this.#request;
    const manifest = parseManifest(found.bytes, found.descriptor.mediaType);
    if (!isIndex(manifest)) return this.#send(found, manifest, destinations);
    await this.#bringListed(found, 0);
    return this.#put(found, destinations);
  }

  /** Everything that an index lists; what is below comes before what names it. */
  async #bringListed(index: FoundManifest, depth: number): Promise<void> {
    const { source } = this.#request;
    if (depth === deepestIndex) {
      throw new ImageError("IMAGE_MALFORMED", `${source.name} is an index of indexes without end`);
    }
    const listing = parseManifest(index.bytes, index.descriptor.mediaType);
    for (const entry of isIndex(listing) ? listing.manifests : []) {
      if (this.#done.has(entry.digest)) continue;
      this.#done.add(entry.digest);
      if (!isListedImageType(entry.mediaType)) {
        await this.#sendBlob(entry, index.origin);
        continue;
      }
      const found = await source.manifest(entry.digest);
      const manifest = parseManifest(found.bytes, found.descriptor.mediaType);
      const targets = this.#repositoriesWithout(found.origin).map((repository) => ({
        ...repository,
        digest: entry.digest,
      }));
      if (isIndex(manifest)) {
        await this.#bringListed(found, depth + 1);
        await this.#put(found, targets);
      } else {
        await this.#send(found, manifest, targets);
        if (!isAttestation(entry)) this.images.push(entry.digest);
      }
    }
  }

  /** An index may list other things than manifests, as those of build caches do; the registry says whether it wants them. */
  async #sendBlob(descriptor: Descriptor, origin: Repository | undefined): Promise<void> {
    const { source } = this.#request;
    const { client, log, signal } = this.#ports;
    const holders = origin === undefined ? [] : [origin];
    try {
      for (const repository of this.#repositoriesWithout(origin)) {
        const blob = { descriptor, open: () => source.openBlob(descriptor) };
        await client.pushBlob(repository, blob, { signal, mountFrom: holders });
        holders.push(repository);
      }
    } catch (error) {
      if (!isBuilderError(error, "REGISTRY_NOT_FOUND")) throw error;
      const { digest, mediaType } = descriptor;
      log.warn("an index lists what cannot be read", { digest, mediaType, reason: error.message });
    }
  }

  /** Sends what a manifest names, and then itself. */
  async #send(
    found: FoundManifest,
    manifest: Manifest,
    targets: readonly ImageReference[],
  ): Promise<void> {
    if (targets.length === 0) return;
    const { source } = this.#request;
    const origin = found.origin === undefined ? {} : { origin: found.origin };
    await using push = new Push({ ...this.#ports, destinations: targets });
    await push.publish({
      manifest: found,
      layers: [manifest.config, ...manifest.layers].map((descriptor) => ({
        ...origin,
        descriptor,
        open: () => source.openBlob(descriptor),
      })),
    });
  }

  /** One registry that refuses a manifest does not keep the others from getting it. */
  async #put(found: FoundManifest, targets: readonly ImageReference[]): Promise<void> {
    const outcomes = await Promise.allSettled(
      targets.map((target) => putDocument(target, found, this.#ports)),
    );
    for (const outcome of outcomes) if (outcome.status === "rejected") throw outcome.reason;
  }

  /** The destinations' repositories, each once, but for the one that has it. */
  #repositoriesWithout(origin: Repository | undefined): readonly Repository[] {
    const { destinations } = this.#request;
    const all = destinations.map(({ registry, path }) => ({ registry, path }));
    const distinct = [...new Map(all.map((each) => [formatRepository(each), each])).values()];
    return distinct.filter((each) => origin === undefined || !sameRepository(each, origin));
  }
}
