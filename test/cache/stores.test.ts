import { readdir, rm, truncate } from "node:fs/promises";
import path from "node:path";
import { Readable } from "node:stream";
import { buffer } from "node:stream/consumers";
import { expect } from "chai";
import type { CacheStore } from "../../src/cache/cache-store.ts";
import { ImageStore } from "../../src/cache/image-store.ts";
import { LayoutImages } from "../../src/cache/layout-images.ts";
import { RegistryImages } from "../../src/cache/registry-images.ts";
import { formatTypes, type ImageFormat } from "../../src/image/image-format.ts";
import { silentLogger } from "../../src/log/logger.ts";
import type { RegistryClient } from "../../src/registry/registry-client.ts";
import { defaultRegistryOptions } from "../../src/registry/registry-options.ts";
import { writeBusyboxImage } from "../support/busybox-image.ts";
import { type EntryYard, keyOf, openEntryYard } from "../support/cache-entries.ts";
import { type DockerRegistry, startDockerRegistry } from "../support/docker-registry.ts";
import { errorOf } from "../support/error-of.ts";
import { type FaultProxy, startFaultProxy } from "../support/fault-proxy.ts";
import { startImmutableTags } from "../support/immutable-tags.ts";
import { pushWithSkopeo } from "../support/peers.ts";
import { openTestClient } from "../support/registry-client.ts";
import { manifestOf, tagsOf } from "../support/registry-queries.ts";

const { signal } = new AbortController();
const hour = 3_600_000;
const [one, other] = [keyOf("one"), keyOf("other")];

const insecure = { ...defaultRegistryOptions, insecurePull: true, insecurePush: true };

describe("cache/stores", function () {
  this.timeout(30_000);
  let registry: DockerRegistry;
  let client: RegistryClient;
  let yard: EntryYard;
  let now: number;

  before(async () => {
    registry = await startDockerRegistry();
    client = await openTestClient([], { registries: insecure });
  });

  after(async () => {
    await client[Symbol.asyncDispose]();
    await registry[Symbol.asyncDispose]();
  });

  beforeEach(async () => {
    yard = await openEntryYard();
    now = 1_800_000_000_000;
  });

  afterEach(() => yard[Symbol.asyncDispose]());

  const lifetime = { ttlMs: hour, now: () => now, log: silentLogger };
  const layouts = (): CacheStore =>
    new ImageStore(new LayoutImages(path.join(yard.directory, "cache")), lifetime);
  const inRegistry = (
    name: string,
    { format = "oci", host = registry.host }: { format?: ImageFormat; host?: string } = {},
  ): CacheStore => {
    const repository = { registry: host, path: name };
    return new ImageStore(new RegistryImages({ client, repository, format }), lifetime);
  };

  const stores: readonly (readonly [string, () => CacheStore])[] = [
    ["a directory", layouts],
    ["a repository", () => inRegistry("oci")],
    ["a repository, as Docker's types", () => inRegistry("docker", { format: "docker" })],
  ];
  for (const [what, open] of stores) {
    it(`gives back from ${what} what was stored, under each of its keys`, async () => {
      const entry = await yard.make("text");
      const store = open();
      expect(await store.find(one, signal)).to.equal(undefined);

      await store.put([one, other], entry, signal);

      for (const key of [one, other]) {
        const found = await open().find(key, signal);
        expect(found).to.deep.include({
          diffId: entry.layer.diffId,
          changes: "changes of text",
          created: "2026-01-02T03:04:05.000000006Z",
          storedMs: now,
        });
        expect(found?.descriptor.digest).to.equal(entry.layer.descriptor.digest);
        expect(await found?.useListing(String)).to.equal("text");
        const bytes = await buffer((await found?.open()) ?? Readable.from([]));
        expect(bytes).to.have.lengthOf(entry.layer.descriptor.size);
      }
    });

    it(`replaces in ${what} what is there`, async () => {
      const store = open();
      await store.put([one, other], await yard.make("former"), signal);
      now += 5000;

      await store.put([one], await yard.make("later"), signal);

      const found = await store.find(one, signal);
      expect(found?.storedMs).to.equal(now);
      expect(await found?.useListing(String)).to.equal("later");
      const untouched = await store.find(other, signal);
      expect(await untouched?.useListing(String)).to.equal("former");
    });
  }

  it("has each entry as a layout of its own, without anything that is half made", async () => {
    const store = layouts();

    await Promise.all(
      ["a", "b", "c"].map(async (text) => store.put([one, other], await yard.make(text), signal)),
    );

    expect(await readdir(path.join(yard.directory, "cache"))).to.have.members([one, other]);
    expect(await readdir(path.join(yard.directory, "cache", one))).to.have.members([
      "blobs",
      "index.json",
      "oci-layout",
    ]);
  });

  it("refuses a layout that lacks a part, or has it cut off", async () => {
    const store = layouts();
    const entry = await yard.make("text");
    await store.put([one], entry, signal);
    const blobs = path.join(yard.directory, "cache", one, "blobs", "sha256");
    const [hex = ""] = entry.layer.descriptor.digest.split(":").slice(1);
    await rm(entry.layer.path ?? "");
    await truncate(path.join(blobs, hex), 10);

    const found = await store.find(one, signal);
    const open = async (): Promise<unknown> => buffer((await found?.open()) ?? Readable.from([]));
    expect((await errorOf(open())).code).to.equal("IMAGE_MALFORMED");

    for (const name of await readdir(blobs)) await rm(path.join(blobs, name));
    expect((await errorOf(store.find(one, signal))).code).to.equal("IMAGE_MALFORMED");
  });

  it("is a repository of images of two layers, one for each key", async () => {
    const entry = await yard.make("text");

    await inRegistry("images").put([one, other], entry, signal);

    expect(await tagsOf(registry.host, "images")).to.have.members([one, other]);
    const { layers } = await manifestOf(registry.host, "images", one);
    expect(layers.map(({ digest }) => digest)).to.deep.equal([
      entry.layer.descriptor.digest,
      entry.listing.descriptor.digest,
    ]);
  });

  describe("where tags cannot be changed", () => {
    let proxy: FaultProxy;

    before(async () => {
      proxy = await startImmutableTags(registry.host);
    });

    after(() => proxy[Symbol.asyncDispose]());

    it("leaves an entry as it is that is good", async () => {
      const store = inRegistry("kept", { host: proxy.host });
      await store.put([one], await yard.make("former"), signal);
      await store.put([one, other], await yard.make("later"), signal);

      expect(await listingIn(store)).to.equal("former");
      expect(await tagsOf(registry.host, "kept")).to.have.members([one, other]);
    });

    it("stores an entry beside one that has expired, and finds it", async () => {
      const store = inRegistry("expired", { host: proxy.host });
      for (const text of ["first", "second", "third"]) {
        await store.put([one], await yard.make(text), signal);
        expect(await listingIn(store)).to.equal(text);
        now += hour;
      }

      expect(await tagsOf(registry.host, "expired")).to.have.members([one, `${one}-2`, `${one}-3`]);
      expect((await store.find(one, signal))?.storedMs).to.equal(now - hour);
    });

    it("does so too where such tags are to be ignored", async () => {
      await using lenient = await openTestClient([proxy.host], {
        registries: { ...insecure, ignoresImmutableTags: true },
      });
      const repository = { registry: proxy.host, path: "lenient" };
      const images = new RegistryImages({ client: lenient, repository, format: "oci" });
      const store = new ImageStore(images, lifetime);
      await store.put([one], await yard.make("first"), signal);
      now += hour;

      await store.put([one], await yard.make("second"), signal);

      expect(await tagsOf(registry.host, "lenient")).to.have.members([one, `${one}-2`]);
    });

    it("leaves alone what is no entry", async () => {
      await pushWithSkopeo(await writeImage(yard), `${proxy.host}/mixed:${one}`);
      const store = inRegistry("mixed", { host: proxy.host });

      await store.put([one], await yard.make("text"), signal);

      expect((await errorOf(store.find(one, signal))).code).to.equal("IMAGE_MALFORMED");
      expect(await tagsOf(registry.host, "mixed")).to.deep.equal([one]);
    });
  });

  for (const [refused, taken] of [
    ["oci", "docker"],
    ["docker", "oci"],
  ] as const) {
    it(`stores entries as ${taken} types in a registry that does not take ${refused} types`, async () => {
      await using proxy = await startFaultProxy(registry.host, ({ method, headers }) =>
        method === "PUT" && headers["content-type"] === formatTypes[refused].manifest
          ? { kind: "answer", status: 400, body: '{"errors":[{"code":"MANIFEST_INVALID"}]}' }
          : undefined,
      );
      const store = inRegistry(`only-${taken}`, { format: refused, host: proxy.host });

      await store.put([one], await yard.make("first"), signal);
      await store.put([other], await yard.make("second"), signal);

      const found = await store.find(other, signal);
      expect(await found?.useListing(String)).to.equal("second");
      const puts = proxy.requests.filter(
        ({ method, url }) => method === "PUT" && url.includes("/manifests/"),
      );
      expect(puts.map(({ headers }) => headers["content-type"])).to.deep.equal([
        formatTypes[refused].manifest,
        formatTypes[taken].manifest,
        formatTypes[taken].manifest,
      ]);
    });
  }

  it("refuses an image that is no entry", async () => {
    await pushWithSkopeo(await writeImage(yard), `${registry.host}/foreign:${one}`);

    const error = await errorOf(inRegistry("foreign").find(one, signal));

    expect(error.code).to.equal("IMAGE_MALFORMED");
    expect(error.message).to.include("is not an entry of slipway's cache");
  });
});

async function listingIn(store: CacheStore): Promise<string | undefined> {
  return (await store.find(one, signal))?.useListing(String);
}

async function writeImage({ directory }: EntryYard): Promise<string> {
  const layout = path.join(directory, "image");
  await writeBusyboxImage(layout);
  return layout;
}
