import { packListing } from "../../src/cache/cache-image.ts";
import { type CacheKey, cacheKeyOf } from "../../src/cache/cache-key.ts";
import type { CacheEntry, CacheStore, NewEntry } from "../../src/cache/cache-store.ts";
import { diffTrees } from "../../src/filetree/diff.ts";
import { FileTree } from "../../src/filetree/tree.ts";
import { Contents } from "../../src/layer/contents.ts";
import type { LayerCompression } from "../../src/layer/layer-blob.ts";
import { writeLayer } from "../../src/layer/layer-writer.ts";
import { Spool } from "../../src/layer/spool.ts";
import { makeTemporaryDirectory } from "./temporary-directory.ts";
import { file, treeOf } from "./tree.ts";

/** A place that entries for a cache are made in. */
export interface EntryYard extends AsyncDisposable {
  /** A directory that tests may use. */
  readonly directory: string;
  /** An entry whose layer has one file with this text; its listing is that text again. */
  make(text: string, compression?: LayerCompression): Promise<NewEntry>;
}

/** Opens an empty yard. */
export async function openEntryYard(): Promise<EntryYard> {
  const directory = await makeTemporaryDirectory();
  const contents = new Contents(directory.path);
  const spool = await Spool.open(directory.path);
  return {
    directory: directory.path,
    make: async (text, compression = { algorithm: "gzip" }) => {
      const changes = [...diffTrees(new FileTree(), treeOf({ f: file(text) }))];
      return {
        layer: await writeLayer(changes, { contents, spool, compression }),
        listing: await packListing(Buffer.from(text), { contents, spool }),
        changes: `changes of ${text}`,
        createdBy: `RUN echo ${text}`,
        created: "2026-01-02T03:04:05.000000006Z",
        platform: { os: "linux", architecture: "arm64" },
      };
    },
    async [Symbol.asyncDispose]() {
      spool[Symbol.dispose]();
      await contents[Symbol.asyncDispose]();
      await directory[Symbol.asyncDispose]();
    },
  };
}

/** A key of a test. */
export function keyOf(name: string): CacheKey {
  return cacheKeyOf(name);
}

/** A store in memory, which a test can make fail. */
export interface MemoryStore extends CacheStore {
  /** `find`, `put` and `discard`, in order. */
  readonly events: string[];
  readonly entries: Map<CacheKey, CacheEntry>;
  fails: Error | undefined;
}

/** Opens an empty store. */
export function openMemoryStore(storedMs: number): MemoryStore {
  const entries = new Map<CacheKey, CacheEntry>();
  const store: MemoryStore = {
    name: "memory",
    events: [],
    entries,
    fails: undefined,
    find: (key) => {
      store.events.push("find");
      if (store.fails !== undefined) return Promise.reject(store.fails);
      return Promise.resolve(entries.get(key));
    },
    discard: (key) => {
      store.events.push("discard");
      entries.delete(key);
      return Promise.resolve();
    },
    put: (keys, { layer, changes, created }) => {
      store.events.push("put");
      if (store.fails !== undefined) return Promise.reject(store.fails);
      const { descriptor, diffId } = layer;
      for (const key of keys) {
        entries.set(key, {
          descriptor,
          diffId,
          changes,
          created,
          storedMs,
          open: () => Promise.reject(new Error("nobody reads it")),
          useListing: (use) => Promise.resolve(use(Buffer.from(""))),
        });
      }
      return Promise.resolve();
    },
  };
  return store;
}
