import { Readable } from "node:stream";
import { expect } from "chai";
import type { BuildRequest } from "../../src/build/ports.ts";
import { LayerCache } from "../../src/cache/layer-cache.ts";
import { PlainImages } from "../../src/cache/plain-images.ts";
import { malformed } from "../../src/errors/image-error.ts";
import { parseImageConfig } from "../../src/image/parse-config.ts";
import { parseReference } from "../../src/image/reference.ts";
import type { Logger } from "../../src/log/logger.ts";
import { silentLogger } from "../../src/log/logger.ts";
import type { FinishedImage } from "../../src/output/output.ts";
import { type MemoryStore, openMemoryStore } from "../support/cache-entries.ts";
import { pulledImage } from "../support/pulled-image.ts";
import { StepYard } from "../support/step-yard.ts";

const dockerfile =
  "FROM scratch\nWORKDIR /w\nCOPY a /dir/\nADD --chmod=600 b /dir/\nCOPY --link c /l/";
/** The directories that steps make have this time: layers that are made anew are other ones. */
const later: Partial<BuildRequest> = { startTime: { seconds: 1_900_000_000, nanoseconds: 0 } };

describe("build/plain-layer", () => {
  let yard: StepYard;
  let first: FinishedImage;
  let warnings: string[];
  let isBroken: boolean;

  beforeEach(async () => {
    warnings = [];
    isBroken = false;
    yard = await StepYard.open();
    for (const name of ["a", "b", "c"]) await yard.write(name, name);
    first = await yard.build(dockerfile);
  });

  afterEach(() => yard[Symbol.asyncDispose]());

  /** Builds later, with the first image, and gives how many layers are taken from it. */
  async function taken(
    text = dockerfile,
    request: Partial<BuildRequest> = {},
    store?: MemoryStore,
  ): Promise<number> {
    const faults = { keys: new Set<never>(), stores: new Set<string>(), brokenReads: 0 };
    const log: Logger = { ...silentLogger, warn: (message) => void warnings.push(message) };
    const { signal } = new AbortController();
    const around = { faults, log, signal };
    const isCached = store !== undefined;
    const stores = isCached ? [store] : [];
    const kept = { stores, ttlMs: 1, now: () => 0, isWritten: isCached, keepsOwners: true };
    yard.ports = {
      cache: {
        layers: new LayerCache({ ...kept, ...around }),
        images: new PlainImages({
          images: [parseReference("r.example/app:1")],
          pull: () => Promise.resolve(asPulled(first, () => isBroken)),
          ...around,
        }),
        kinds: { run: isCached, copy: isCached },
      },
      log,
    };
    const second = await yard.build(text, { ...later, ...request });
    const known = first.layers.map(({ diffId }) => diffId);
    return second.layers.filter(({ diffId }) => known.includes(diffId)).length;
  }

  it("takes what is the same by its history, or by its files", async () => {
    expect(await taken()).to.equal(4);
  });

  it("takes nothing from a changed file on", async () => {
    await yard.write("b", "B");

    expect(await taken()).to.equal(2);
  });

  it("takes nothing from a changed instruction on", async () => {
    expect(await taken(dockerfile.replace("--chmod=600", "--chmod=644"))).to.equal(2);
  });

  it("takes nothing that has another time than SOURCE_DATE_EPOCH", async () => {
    const fixed = { sourceDateEpoch: 1_800_000_000 };

    expect(await taken(dockerfile, fixed)).to.equal(0);
    first = await yard.build(dockerfile, fixed);
    expect(await taken(dockerfile, fixed)).to.equal(4);
  });

  it("takes nothing that the image's format has no type for", async () => {
    first = await yard.build(dockerfile, { compression: { algorithm: "zstd" } });

    expect(await taken(dockerfile, { imageFormat: "docker" })).to.equal(0);
  });

  it("puts what it takes into the cache, where later builds find all of it", async () => {
    const store = openMemoryStore(0);

    expect(await taken(dockerfile, {}, store)).to.equal(4);

    const layers = [...store.entries.values()].map(({ diffId }) => diffId);
    expect(new Set(layers)).to.deep.equal(new Set(first.layers.map(({ diffId }) => diffId)));
    const puts = store.events.filter((event) => event === "put").length;
    isBroken = true;
    expect(await taken(dockerfile, {}, store)).to.equal(4);
    expect(store.events.filter((event) => event === "put")).to.have.lengthOf(puts);
    expect(warnings).to.deep.equal([]);
  });

  it("does not put into the cache what is compressed otherwise than is asked for", async () => {
    const store = openMemoryStore(0);

    expect(await taken(dockerfile, { compression: { algorithm: "zstd" } }, store)).to.equal(4);
    expect(store.entries.size).to.equal(0);
  });

  it("makes a layer itself that cannot be read, with a warning", async () => {
    const text = "FROM scratch\nCOPY a /dir/";
    first = await yard.build(text);
    isBroken = true;

    expect(await taken(text)).to.equal(0);
    expect(warnings).to.deep.equal(["an image cannot be used as a cache"]);
  });
});

function asPulled(image: FinishedImage, isBroken: () => boolean): ReturnType<typeof pulledImage> {
  const layers = image.layers.map(({ descriptor, diffId, open }) => ({
    descriptor,
    diffId,
    open: async () =>
      isBroken() ? Promise.reject(malformed("it is cut off")) : Readable.from(await open()),
  }));
  const pulled = pulledImage([], parseImageConfig(image.config.bytes));
  return { ...pulled, layers };
}
