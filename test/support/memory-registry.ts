import { buffer } from "node:stream/consumers";
import { RegistryError } from "../../src/errors/registry-error.ts";
import type { Digest } from "../../src/image/digest.ts";
import { formatReference, formatRepository, type Repository } from "../../src/image/reference.ts";
import type { RegistryClient, RemoteManifest } from "../../src/registry/registry-client.ts";

/** Registries of a test that live in memory, and remember what was asked of them. */
export interface MemoryRegistry extends RegistryClient {
  /** Such as `uploaded r.example/app layer-bytes`, in order. */
  readonly events: readonly string[];
  /** Manifests by full reference. */
  readonly tags: ReadonlyMap<string, RemoteManifest>;
  /** Makes a repository hold a blob. */
  add(repository: Repository, digest: Digest): void;
}

export interface MemoryRegistryOptions {
  /** Called before each request; what it throws is what the request ends with. */
  readonly before?: (request: string) => void | Promise<void>;
  /** Whether manifests can be found after they were put. Default true. */
  readonly keepsManifests?: boolean;
}

/** Opens empty registries. Mounting works within one registry, as in a real one. */
export function openMemoryRegistry(options: MemoryRegistryOptions = {}): MemoryRegistry {
  const events: string[] = [];
  const tags = new Map<string, RemoteManifest>();
  const blobs = new Set<string>();
  return {
    events,
    tags,
    add: (repository, digest) => void blobs.add(keyOf(repository, digest)),
    fetchManifest: unavailable,
    openBlob: unavailable,
    async checkPush(repository) {
      await options.before?.(`check ${formatRepository(repository)}`);
      events.push(`checked ${formatRepository(repository)}`);
    },
    async pushBlob(repository, source, { signal, mountFrom = [] } = {}) {
      const { digest } = source.descriptor;
      await options.before?.(`push ${formatRepository(repository)}`);
      signal?.throwIfAborted();
      if (blobs.has(keyOf(repository, digest))) {
        events.push(`exists ${formatRepository(repository)}`);
        return "exists";
      }
      const from = mountFrom.find(
        (other) => other.registry === repository.registry && blobs.has(keyOf(other, digest)),
      );
      const content = from === undefined ? await buffer(await source.open()) : undefined;
      blobs.add(keyOf(repository, digest));
      if (from !== undefined) {
        events.push(`mounted ${formatRepository(repository)} from ${formatRepository(from)}`);
        return "mounted";
      }
      events.push(`uploaded ${formatRepository(repository)} ${String(content)}`);
      return "uploaded";
    },
    async putManifest(reference, manifest) {
      await options.before?.(`put ${formatReference(reference)}`);
      events.push(`put ${formatReference(reference)}`);
      tags.set(formatReference(reference), manifest);
    },
    hasManifest: (repository, digest) => {
      events.push(`verified ${formatRepository(repository)}`);
      const known = [...tags.values()].some(({ descriptor }) => descriptor.digest === digest);
      return Promise.resolve(known && options.keepsManifests !== false);
    },
    listTags: unavailable,
    deleteManifest: unavailable,
    [Symbol.asyncDispose]: () => Promise.resolve(),
  };
}

function keyOf(repository: Repository, digest: Digest): string {
  return `${formatRepository(repository)} ${digest}`;
}

function unavailable(): Promise<never> {
  return Promise.reject(new RegistryError("REGISTRY_NOT_FOUND", "nothing is pulled here"));
}
