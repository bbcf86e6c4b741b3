import { UsageError } from "../errors/usage-error.ts";
import type { Digest } from "../image/digest.ts";
import { distinctEntries, type IndexEntry, makeIndex } from "../image/make-index.ts";
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
} from "./destination-outcome.ts";
import { toDocument } from "./document.ts";
import { Push } from "./push.ts";
import { putDocument, type RegistryPorts } from "./put-document.ts";
import { type NamedReference, openRemoteImages, type RemoteImage } from "./remote-images.ts";

/** The images that an index joins, and where it goes. */
export interface IndexRequest {
  /** Of images, or of indexes whose images are meant. */
  readonly manifests: readonly NamedReference[];
  /** At least one, each with a tag. */
  readonly destinations: readonly ImageReference[];
  readonly annotations: ReadonlyMap<string, string>;
}

/** What came of it. */
export interface PushedIndex {
  /** Of the index. */
  readonly digest: Digest;
  /** Of the images it lists, in their order; each repository of the destinations has all of them. */
  readonly manifests: readonly Digest[];
}

type Entry = RemoteImage & IndexEntry;

/**
 * Joins images of single platforms to an index and pushes it. What another repository has is brought to
 * those of the destinations first: mounted within a registry, else streamed. The tags change last; a
 * destination that fails does not keep the others from getting the index.
 *
 * @throws USAGE_CONFLICT when two images are for one platform, or there is none; IMAGE_MALFORMED, REGISTRY_*
 */
export async function pushIndex(request: IndexRequest, ports: RegistryPorts): Promise<PushedIndex> {
  const entries = await openEntries(request.manifests, ports);
  const index = makeIndex(entries, request.annotations);
  const faults = new Map<string, Error>();
  for (const entry of entries) {
    const targets = request.destinations.filter((each) => !faults.has(formatRepository(each)));
    for (const { destination, error } of await bringImage(entry, targets, ports)) {
      if (error !== undefined) faults.set(formatRepository(destination), error);
    }
  }
  const document = toDocument(index, index.mediaType, 2);
  const outcomes = await settleDestinations(request.destinations, async (destination) => {
    const fault = faults.get(formatRepository(destination));
    if (fault !== undefined) throw fault;
    await putDocument(destination, document, ports);
  });
  throwFailures(outcomes);
  return {
    digest: document.descriptor.digest,
    manifests: entries.map(({ descriptor }) => descriptor.digest),
  };
}

async function openEntries(
  manifests: readonly NamedReference[],
  ports: RegistryPorts,
): Promise<readonly Entry[]> {
  const opened = await Promise.all(manifests.map((named) => openRemoteImages(named, ports)));
  const entries = opened.flat().map((image) => ({
    ...image,
    descriptor: image.manifest.descriptor,
  }));
  if (entries.length === 0) {
    throw new UsageError("USAGE_CONFLICT", "there is no --manifest to join", {
      hint: "Name the images of the platforms, each with --manifest",
    });
  }
  return distinctEntries(entries);
}

/** Makes every repository of the destinations hold an image, under its digest. */
async function bringImage(
  image: RemoteImage,
  destinations: readonly ImageReference[],
  ports: RegistryPorts,
): Promise<readonly DestinationOutcome[]> {
  const targets = repositoriesOf(destinations)
    .filter((repository) => !sameRepository(repository, image.origin))
    .map((repository) => ({ ...repository, digest: image.manifest.descriptor.digest }));
  if (targets.length === 0) return [];
  await using push = new Push({ ...ports, destinations: targets });
  return await push.settle(image);
}

function repositoriesOf(destinations: readonly ImageReference[]): readonly Repository[] {
  const repositories = destinations.map(({ registry, path }) => ({ registry, path }));
  return [...new Map(repositories.map((each) => [formatRepository(each), each])).values()];
}
