import { mkdir, readdir, rm, utimes, writeFile } from "node:fs/promises";
import path from "node:path";
import { expect } from "chai";
import { BlobsPlace } from "../../src/cache/blobs-place.ts";
import type { CachePlace, KeptEntry } from "../../src/cache/cache-place.ts";
import { ImageStore } from "../../src/cache/image-store.ts";
import type { ImageDocuments } from "../../src/cache/kept-images.ts";
import { LayoutImages } from "../../src/cache/layout-images.ts";
import { LayoutsPlace } from "../../src/cache/layouts-place.ts";
import { toMountImage } from "../../src/cache/mount-image.ts";
import { RegistryImages } from "../../src/cache/registry-images.ts";
import { RepositoryPlace } from "../../src/cache/repository-place.ts";
import type { ImageFormat } from "../../src/image/image-format.ts";
import { silentLogger } from "../../src/log/logger.ts";
import type { RegistryClient } from "../../src/registry/registry-client.ts";
import { type EntryYard, keyOf, openEntryYard } from "../support/cache-entries.ts";
import { type DockerRegistry, startDockerRegistry } from "../support/docker-registry.ts";
import { openTestClient, pushTestImage } from "../support/registry-client.ts";
import { tagsOf } from "../support/registry-queries.ts";

const { signal } = new AbortController();
const [one, other, third] = [keyOf("one"), keyOf("other"), keyOf("third")];
const storedMs = Date.parse("2026-01-02T00:00:00Z");
const day = 86_400_000;
const half = ".0f0e0d0c-0000-4000-8000-000000000000";

const now = (): number => storedMs + 30 * day;

const lifetime = { ttlMs: day, now: () => storedMs, log: silentLogger };

describe("cache/places", () => {
  let registry: DockerRegistry;
  let client: RegistryClient;
  let yard: EntryYard;

  before(async () => {
    registry = await startDockerRegistry({ delete: true });
    client = await openTestClient([registry.host]);
  });

  after(async () => {
    await client[Symbol.asyncDispose]();
    await registry[Symbol.asyncDispose]();
  });

  beforeEach(async () => {
    yard = await openEntryYard();
  });

  afterEach(() => yard[Symbol.asyncDispose]());

  const inYard = (...names: readonly string[]): string => path.join(yard.directory, ...names);

  async function fill(name: string): Promise<RepositoryPlace> {
    const repository = { registry: registry.host, path: name };
    const images = new RegistryImages({ client, repository, format: "oci" });
    const store = new ImageStore(images, lifetime);
    await store.put([one, other], await yard.make("text"), signal);
    await store.put([third], await yard.make("third"), signal);
    return new RepositoryPlace(client, repository);
  }

  describe("repository-place", () => {
    it("lists each image once, with all of its tags, and removes it with them", async () => {
      const place = await fill("plain");

      const [first, last] = await entriesOf(place);

      expect(first?.names).to.have.members([one, other]);
      expect(first).to.include({ timeMs: storedMs, description: "RUN echo text" });
      expect(first?.bytes).to.be.greaterThan(500);
      expect(last?.names).to.deep.equal([third]);
      await first?.remove(signal);
      await first?.remove(signal);
      expect(await tagsOf(registry.host, "plain")).to.deep.equal([third]);
    });

    it("knows what is no entry, also where it is called like one", async () => {
      const place = await fill("foreign");
      const name = `${registry.host}/foreign`;
      await pushTestImage(client, `${name}:latest`, { layers: ["a"] });
      await pushTestImage(client, `${name}:${keyOf("none")}`, { layers: ["b", "c"] });

      const { entries, foreign } = await place.list(signal);

      expect(entries).to.have.lengthOf(2);
      expect(foreign).to.have.members(["latest", keyOf("none")]);
    });

    it("knows cache mounts by their names, with the numbers that they may have", async () => {
      const repository = { registry: registry.host, path: "mounts" };
      const images = new RegistryImages({ client, repository, format: "oci" });
      const { layer } = await yard.make("text");
      const layers = [{ ...layer, bytes: 4 }];
      const inFormat = (format: ImageFormat): ImageDocuments =>
        toMountImage({ layers }, format, storedMs);
      const name = `mount-root-.npm-${"0".repeat(32)}`;
      await images.put([name], { layers, inFormat }, signal);
      const later = (format: ImageFormat): ImageDocuments =>
        toMountImage({ layers }, format, storedMs + day);
      await images.put([`${name}-2`, "mount-other"], { layers, inFormat: later }, signal);

      const place = new RepositoryPlace(client, repository);
      const { entries, foreign } = await place.list(signal);

      expect(entries.map(({ names }) => names)).to.deep.equal([[name]]);
      expect(entries[0]).to.include({ description: "cache mount root-.npm", timeMs: storedMs });
      expect(foreign).to.have.members([`${name}-2`, "mount-other"]);
      await entries[0]?.remove(signal);
      expect(await tagsOf(registry.host, "mounts")).not.to.include(name);
    });

    it("leaves an entry alone that somebody has given another name", async () => {
      const place = await fill("renamed");
      const repository = { registry: registry.host, path: "renamed" };
      const entry = await client.fetchManifest({ ...repository, tag: third });
      await client.putManifest({ ...repository, tag: "keep" }, entry);

      const { entries, foreign } = await place.list(signal);

      expect(entries.flatMap(({ names }) => names)).to.have.members([one, other]);
      expect(foreign).to.have.members([third, "keep"]);
    });

    it("has nothing where there is no such repository", async () => {
      const place = new RepositoryPlace(client, { registry: registry.host, path: "nowhere" });

      expect(await place.list(signal)).to.deep.equal({ entries: [], foreign: [] });
    });
  });

  describe("layouts-place", () => {
    it("lists each entry once, with all of its keys, and removes it", async () => {
      const store = new ImageStore(new LayoutImages(inYard("cache")), lifetime);
      await store.put([one, other], await yard.make("text"), signal);
      await store.put([third], await yard.make("third"), signal);

      const [first] = await entriesOf(new LayoutsPlace(inYard("cache"), now));

      expect(first?.names).to.have.members([one, other]);
      expect(first).to.include({ timeMs: storedMs, description: "RUN echo text" });
      await rm(inYard("cache", one), { recursive: true });
      await first?.remove(signal);
      expect(await readdir(inYard("cache"))).to.deep.equal([third]);
    });

    it("knows what is no entry, and what builds have left", async () => {
      for (const name of ["mine", one, `${half}.partial`, `${half}.former`]) {
        await mkdir(inYard("cache", name), { recursive: true });
        await writeFile(inYard("cache", name, "file"), "12345");
      }
      const young = new Date(now() - day + 1000);
      await utimes(inYard("cache", `${half}.partial`), young, young);
      const old = new Date(now() - day - 1000);
      await utimes(inYard("cache", `${half}.former`), old, old);

      const { entries, foreign } = await new LayoutsPlace(inYard("cache"), now).list();

      expect(foreign).to.have.members(["mine", one]);
      expect(entries).to.have.lengthOf(1);
      expect(entries[0]).to.deep.include({
        names: [`${half}.former`],
        bytes: 5,
        timeMs: old.getTime(),
        isLeftover: true,
      });
      await entries[0]?.remove(signal);
      expect(await readdir(inYard("cache"))).to.have.members(["mine", one, `${half}.partial`]);
    });
  });

  describe("blobs-place", () => {
    it("lists blobs by their last use, and removes them", async () => {
      const blobs = inYard("kept", "blobs", "sha256");
      const used = new Date(storedMs);
      await mkdir(blobs, { recursive: true });
      for (const name of [one, other, `${one}${half}.partial`, "mine"]) {
        await writeFile(path.join(blobs, name), "12345");
        await utimes(path.join(blobs, name), used, used);
      }
      await utimes(path.join(blobs, other), used, new Date(storedMs + day));

      const { entries, foreign } = await new BlobsPlace(inYard("kept"), now).list();

      expect(foreign).to.deep.equal(["mine"]);
      const shown = entries.map(({ names: [name], timeMs, bytes, isLeftover }) => [
        name,
        timeMs - storedMs,
        bytes,
        isLeftover,
      ]);
      expect(shown).to.have.deep.members([
        [one, 0, 5, false],
        [other, day, 5, false],
        [`${one}${half}.partial`, 0, 5, true],
      ]);
      for (const entry of entries) await entry.remove(signal);
      expect(await readdir(blobs)).to.deep.equal(["mine"]);
    });

    it("has nothing where there is no directory", async () => {
      expect(await new BlobsPlace(inYard("nowhere"), now).list()).to.deep.equal({
        entries: [],
        foreign: [],
      });
    });
  });
});

/** The entries of a place, that with most names first. */
async function entriesOf(place: CachePlace): Promise<readonly KeptEntry[]> {
  const { entries } = await place.list(signal);
  return entries.toSorted((a, b) => b.names.length - a.names.length);
}
