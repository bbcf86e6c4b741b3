import { Readable } from "node:stream";
import { buffer } from "node:stream/consumers";
import { expect } from "chai";
import type { CacheFaults } from "../../src/cache/cache-faults.ts";
import type { CacheStore } from "../../src/cache/cache-store.ts";
import { LayerCache, type LayerCacheOptions } from "../../src/cache/layer-cache.ts";
import { malformed } from "../../src/errors/image-error.ts";
import { RegistryError } from "../../src/errors/registry-error.ts";
import type { Logger } from "../../src/log/logger.ts";
import { silentLogger } from "../../src/log/logger.ts";
import {
  type EntryYard,
  keyOf,
  type MemoryStore,
  openEntryYard,
  openMemoryStore,
} from "../support/cache-entries.ts";
import { errorOf } from "../support/error-of.ts";

const hour = 3_600_000;
const storedMs = 1_000 * hour;
const key = keyOf("key");

describe("cache/layer-cache", () => {
  let yard: EntryYard;
  let store: MemoryStore;
  let warnings: string[];

  beforeEach(async () => {
    yard = await openEntryYard();
    store = openMemoryStore(storedMs);
    warnings = [];
  });

  afterEach(() => yard[Symbol.asyncDispose]());

  function open(options: Partial<LayerCacheOptions> = {}): LayerCache {
    const log: Logger = { ...silentLogger, warn: (message) => void warnings.push(message) };
    return new LayerCache({
      stores: [store],
      ttlMs: 2 * hour,
      now: () => storedMs + hour,
      isWritten: true,
      keepsOwners: true,
      faults: noFaults(),
      log,
      signal: new AbortController().signal,
      ...options,
    });
  }

  it("finds what was stored, and asks for each key once", async () => {
    await store.put([key], await yard.make("text"), new AbortController().signal);
    const cache = open();

    const [one, other] = await Promise.all([cache.find(key), cache.find(key)]);

    expect(one?.changes).to.equal("changes of text");
    expect(other).to.equal(one);
    expect(store.events).to.deep.equal(["put", "find"]);
  });

  it("does not find what is too old", async () => {
    await store.put([key], await yard.make("text"), new AbortController().signal);

    expect(await open({ ttlMs: hour }).find(key)).to.equal(undefined);
    expect(await open({ ttlMs: hour + 1 }).find(key)).not.to.equal(undefined);
  });

  it("asks the next store for what the first has not", async () => {
    const far = openMemoryStore(storedMs);
    await far.put([key], await yard.make("text"), new AbortController().signal);

    expect(await open({ stores: [store, far] }).find(key)).not.to.equal(undefined);
    expect(await open({ stores: [far, store] }).find(key)).not.to.equal(undefined);
    expect(store.events).to.deep.equal(["find"]);
  });

  it("takes an entry that is none for a miss, with a warning, and goes on", async () => {
    store.fails = malformed("it is something else");
    const cache = open();

    expect(await cache.find(key)).to.equal(undefined);
    store.fails = undefined;
    await cache.put([keyOf("other")], await yard.make("text"));
    expect(await cache.find(keyOf("other"))).not.to.equal(undefined);
    expect(warnings).to.deep.equal(["an entry of the cache cannot be used"]);
    expect(store.events).to.deep.equal(["find", "discard", "put", "find"]);

    store.fails = malformed("it is something else");
    await open({ isWritten: false }).find(key);
    expect(store.events.at(-1)).to.equal("find");
  });

  it("leaves a store alone that fails, with one warning", async () => {
    store.fails = new RegistryError("REGISTRY_UNAVAILABLE", "it is down");
    const cache = open();

    await Promise.all(["a", "b", "c"].map((name) => cache.find(keyOf(name))));
    await cache.put([key], await yard.make("text"));
    await cache.finish();

    expect(await cache.find(keyOf("d"))).to.equal(undefined);
    expect(warnings).to.deep.equal(["the cache cannot be used, and the build goes on without it"]);
  });

  it("keeps what was made without owners from builds that keep them, but not the other way round", async () => {
    await open({ keepsOwners: false }).put([key], await yard.make("without"));
    expect(await open().find(key)).to.equal(undefined);
    const own = await open({ keepsOwners: false }).find(key);
    expect(own?.changes).to.equal("changes of without");

    await open().put([key], await yard.make("with"));
    for (const keepsOwners of [true, false]) {
      const found = await open({ keepsOwners }).find(key);
      expect(found?.changes).to.equal("changes of with");
    }
  });

  it("stores nothing where it is not to be written, and nothing without a key", async () => {
    await open({ isWritten: false }).put([key], await yard.make("text"));
    await open().put([], await yard.make("text"));

    expect(store.events).to.deep.equal([]);
  });

  it("remembers that an entry is broken, and does not find it again", async () => {
    await store.put([key], await yard.make("text"), new AbortController().signal);
    const entry = store.entries.get(key);
    if (entry === undefined) throw new Error("nothing was stored");
    store.entries.set(key, {
      ...entry,
      open: () => Promise.resolve(Readable.from(cutOff())),
      useListing: (use) => Promise.resolve(Buffer.from("no listing")).then(use),
    });
    const faults = noFaults();
    const found = await open({ faults }).find(key);

    const read = async (): Promise<Buffer> => buffer((await found?.open()) ?? Readable.from([]));
    expect((await errorOf(read())).message).to.equal("cut off");
    expect(faults).to.deep.include({ keys: new Set([key]), brokenReads: 1 });
    const used = found?.useListing(refuse) ?? Promise.resolve();
    expect((await errorOf(used)).message).to.equal("no listing");
    expect(faults.brokenReads).to.equal(2);
    expect(await open({ faults }).find(key)).to.equal(undefined);
  });

  it("gives up what is looked for when it is closed, after all is stored", async () => {
    const slow: CacheStore = {
      name: "slow",
      find: (_key, signal) =>
        new Promise((_resolve, reject) => {
          signal.addEventListener("abort", () => reject(signal.reason as Error));
        }),
      put: (keys, entry, signal) => store.put(keys, entry, signal),
      discard: () => Promise.resolve(),
    };
    const cache = open({ stores: [slow] });
    const lost = cache.find(keyOf("lost")).catch(() => "given up");
    void cache.put([key], await yard.make("text"));

    await cache[Symbol.asyncDispose]();

    expect(await lost).to.equal("given up");
    expect(store.entries.has(key)).to.equal(true);
    expect(warnings).to.deep.equal([]);
  });

  it("stops with the build", async () => {
    const stop = new AbortController();
    const cache = open({ signal: stop.signal });
    store.fails = new RegistryError("REGISTRY_UNREACHABLE", "given up");
    stop.abort(new Error("cancelled"));

    await cache.put([key], await yard.make("text"));
    expect(String(await cache.find(key).catch((error: unknown) => error))).to.include("cancelled");
    expect(warnings).to.deep.equal([]);
  });
});

function refuse(listing: Buffer): never {
  throw malformed(String(listing));
}

function noFaults(): CacheFaults {
  return { keys: new Set(), stores: new Set(), brokenReads: 0 };
}

async function* cutOff(): AsyncGenerator<Buffer> {
  yield await Promise.resolve(Buffer.from("x"));
  throw malformed("cut off");
}
