import { isBuilderError } from "../errors/builder-error.ts";
import { ImageError } from "../errors/image-error.ts";
import type { Descriptor } from "../image/descriptor.ts";
import type { Digest } from "../image/digest.ts";
import { isAttestation } from "../image/images-in.ts";
import type { Index, Manifest } from "../image/manifest.ts";
import { isListedImageType } from "../image/media-type.ts";
import { isIndex, parseManifest } from "../image/parse-manifest.ts";
import type { Platform } from "../image/platform.ts";
import {
  formatRepository,
  type ImageReference,
  type Repository,
  sameRepository,
} from "../image/reference.ts";
import {
  type DestinationOutcome,
  settleDestinations,
  throwFailures,
} from "../output/destination-outcome.ts";
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
 * The tags change last. A repository that fails does not keep the others from getting all.
 *
 * @throws IMAGE_PLATFORM_UNAVAILABLE, IMAGE_MALFORMED, REGISTRY_*, and whatever the source throws.
 */
export async function copyImage(request: CopyRequest, ports: RegistryPorts): Promise<CopiedImage> {
  const { source, platform } = request;
  const found =
    platform === undefined
      ? await source.manifest(undefined)
      : (await resolveManifest(source, platform)).found;
  const copy = new Copy(request, ports);
  throwFailures(await copy.bring(found));
  return { digest: found.descriptor.digest, manifests: copy.images };
}

/** How an index was found. */
interface FoundIndex {
  /** The repository that it is from, if it is from one. */
  readonly origin: Repository | undefined;
  /** How many indexes lead to it. */
  readonly depth: number;
}

class Copy {
  readonly #source: ImageSource;
  readonly #destinations: readonly ImageReference[];
  readonly #ports: RegistryPorts;
  readonly #done = new Set<Digest>();
  /** The first fault of each repository that had one, by its name: it gets nothing more. */
  readonly #faults = new Map<string, Error>();
  readonly images: Digest[] = [];

  constructor({ source, destinations }: CopyRequest, ports: RegistryPorts) {
    this.#source = source;
    this.#destinations = destinations;
    this.#ports = ports;
  }

  /** Brings all; says for each destination whether it has it, and its tag is as it was where not. */
  async bring(root: FoundManifest): Promise<readonly DestinationOutcome[]> {
    const manifest = parseManifest(root.bytes, root.descriptor.mediaType);
    if (isIndex(manifest)) await this.#bringListed(manifest, { origin: root.origin, depth: 0 });
    return this.#send(root, manifest, this.#destinations);
  }

  /** Everything that an index lists; what is below comes before what names it. */
  async #bringListed(index: Index, { origin, depth }: FoundIndex): Promise<void> {
    const source = this.#source;
    if (depth === deepestIndex) {
      throw new ImageError("IMAGE_MALFORMED", `${source.name} is an index of indexes without end`);
    }
    for (const entry of index.manifests) {
      if (this.#done.has(entry.digest)) continue;
      this.#done.add(entry.digest);
      if (!isListedImageType(entry.mediaType)) {
        await this.#sendBlob(entry, origin);
        continue;
      }
      const found = await source.manifest(entry.digest);
      const manifest = parseManifest(found.bytes, found.descriptor.mediaType);
      const inner = { origin: found.origin, depth: depth + 1 };
      if (isIndex(manifest)) await this.#bringListed(manifest, inner);
      else if (!isAttestation(entry)) this.images.push(entry.digest);
      const targets = this.#repositoriesWithout(found.origin);
      const parts = targets.map((repository) => ({ ...repository, digest: entry.digest }));
      for (const { destination, error } of await this.#send(found, manifest, parts)) {
        if (error !== undefined) this.#faults.set(formatRepository(destination), error);
      }
    }
  }

  /** An index may list other things than manifests, as those of build caches do; the registry says whether it wants them. */
  async #sendBlob(descriptor: Descriptor, origin: Repository | undefined): Promise<void> {
    const { client, log, signal } = this.#ports;
    const blob = { descriptor, open: () => this.#source.openBlob(descriptor) };
    const holders = origin === undefined ? [] : [origin];
    for (const repository of this.#repositoriesWithout(origin)) {
      const name = formatRepository(repository);
      if (this.#faults.has(name)) continue;
      try {
        await client.pushBlob(repository, blob, { signal, mountFrom: holders });
        holders.push(repository);
      } catch (error) {
        if (!isBuilderError(error, "REGISTRY_NOT_FOUND")) this.#faults.set(name, error as Error);
        else {
          const { digest, mediaType } = descriptor;
          log.warn("an index lists what cannot be read", {
            digest,
            mediaType,
            reason: error.message,
          });
        }
      }
    }
  }

  /** Sends what an image names, and then the manifest, where nothing has failed yet. */
  #send(
    found: FoundManifest,
    manifest: Manifest | Index,
    targets: readonly ImageReference[],
  ): Promise<readonly DestinationOutcome[]> {
    if (!isIndex(manifest)) return this.#sendImage(found, manifest, targets);
    return settleDestinations(targets, async (target) => {
      const fault = this.#faults.get(formatRepository(target));
      if (fault !== undefined) throw fault;
      await putDocument(target, found, this.#ports);
    });
  }

  async #sendImage(
    found: FoundManifest,
    manifest: Manifest,
    all: readonly ImageReference[],
  ): Promise<readonly DestinationOutcome[]> {
    const targets = all.filter((target) => !this.#faults.has(formatRepository(target)));
    if (targets.length === 0) return [];
    const origin = found.origin === undefined ? {} : { origin: found.origin };
    await using push = new Push({ ...this.#ports, destinations: targets });
    return await push.settle({
      manifest: found,
      layers: [manifest.config, ...manifest.layers].map((descriptor) => ({
        ...origin,
        descriptor,
        open: () => this.#source.openBlob(descriptor),
      })),
    });
  }

  /** The destinations' repositories, each once, but for the one that has it. */
  #repositoriesWithout(origin: Repository | undefined): readonly Repository[] {
    const all = this.#destinations.map(({ registry, path }) => ({ registry, path }));
    const distinct = [...new Map(all.map((each) => [formatRepository(each), each])).values()];
    return distinct.filter((each) => origin === undefined || !sameRepository(each, origin));
  }
}
