import { isBuilderError } from "../errors/builder-error.ts";
import type { Digest } from "../image/digest.ts";
import type { ImageSource } from "../registry/read-image.ts";
import { createLimit } from "../support/limit.ts";
import { describeCacheImage } from "./cache-image.ts";
import type { ImageFacts } from "./image-facts.ts";
import { describeMountImage } from "./mount-image.ts";

/**
 * What keys of steps' layers look like, and names of cache mounts (`StoredCaches`), also with the number that follows
 * where tags cannot be changed.
 */
const keyForm = /^(?:[0-9a-f]{64}|mount-(?<title>[\w.-]*)-[0-9a-f]{32})(?:-[0-9]+)?$/;
const maxReads = 16;
/** The codes of what is damaged, something else, or gone meanwhile. */
const isNoImage = /^(?:IMAGE_.*|CONTEXT_.*|REGISTRY_NOT_FOUND|USAGE_CONFLICT)$/;

/** An entry, and all names that it has. */
export interface NamedImage {
  readonly facts: ImageFacts;
  readonly names: readonly string[];
}

/** What names stand for. */
export interface KeyedImages {
  readonly images: readonly NamedImage[];
  readonly foreign: readonly string[];
}

/**
 * Tells entries of the cache from what else there is. An image that has a name of another kind too is no entry: that
 * name would go with it.
 *
 * @throws what reading throws, but for what is no entry.
 */
export async function readKeyedImages(
  names: readonly string[],
  open: (name: string) => ImageSource,
): Promise<KeyedImages> {
  const limit = createLimit(maxReads);
  const read = await Promise.all(
    names.map((name) => limit(async () => ({ name, image: await readNamed(name, open(name)) }))),
  );
  const foreign = new Set<Digest>();
  for (const { image } of read) {
    if (image !== undefined && image.facts === undefined) foreign.add(image.digest);
  }
  const byDigest = Map.groupBy(read, ({ image }) => image?.digest);
  const images: NamedImage[] = [];
  const others: string[] = [];
  for (const [digest, group] of byDigest) {
    const facts = group.find(({ image }) => image?.facts !== undefined)?.image?.facts;
    const called = group.map(({ name }) => name);
    if (facts === undefined || digest === undefined || foreign.has(digest)) others.push(...called);
    else images.push({ facts, names: called });
  }
  return { images, foreign: others };
}

interface ReadImage {
  readonly digest: Digest;
  /** Undefined where it is no entry, or not called like one. */
  readonly facts: ImageFacts | undefined;
}

/** Undefined where it cannot be read. */
async function readNamed(name: string, source: ImageSource): Promise<ReadImage | undefined> {
  try {
    const { digest } = (await source.manifest(undefined)).descriptor;
    const form = keyForm.exec(name);
    if (form === null) return { digest, facts: undefined };
    const title = form.groups?.["title"];
    if (title === undefined) return { digest, facts: await describeCacheImage(source) };
    const facts = await describeMountImage(source);
    return { digest, facts: facts && { ...facts, createdBy: `cache mount ${title}` } };
  } catch (error) {
    if (isBuilderError(error) && isNoImage.test(error.code)) return undefined;
    throw error;
  }
}
