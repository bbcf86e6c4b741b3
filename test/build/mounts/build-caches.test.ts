import { existsSync, readdirSync, writeFileSync } from "node:fs";
import path from "node:path";
import { expect } from "chai";
import { BuildCaches } from "../../../src/build/mounts/build-caches.ts";
import type { CacheLease, CacheRequest } from "../../../src/build/mounts/cache-directories.ts";
import { Contents } from "../../../src/layer/contents.ts";
import {
  makeTemporaryDirectory,
  type TemporaryDirectory,
} from "../../support/temporary-directory.ts";
import { file, treeOf } from "../../support/tree.ts";

const seed = treeOf({ "": 0o755, seeded: file("text") }).root;

const release = (lease: CacheLease): void => lease[Symbol.dispose]();

describe("build/mounts/build-caches", () => {
  let place: TemporaryDirectory;
  let contents: Contents;
  let caches: BuildCaches;

  beforeEach(async () => {
    place = await makeTemporaryDirectory();
    contents = new Contents(place.path);
    caches = new BuildCaches(place.join("caches"), contents);
  });

  afterEach(async () => {
    await contents[Symbol.asyncDispose]();
    await place[Symbol.asyncDispose]();
  });

  const acquire = (
    sharing: CacheRequest["sharing"],
    { key = "key", signal = new AbortController().signal } = {},
  ): Promise<CacheLease> => caches.acquire({ key, name: key, sharing, seed }, signal);

  it("makes nothing before a cache is used", () => {
    expect(existsSync(place.join("caches"))).to.equal(false);
  });

  it("begins with the seed, and keeps what is left in it", async () => {
    const first = await acquire("private");
    writeFileSync(path.join(first.path, "left"), "");
    release(first);

    const second = await acquire("locked");

    expect(second.path).to.equal(first.path);
    expect(readdirSync(second.path)).to.deep.equal(["left", "seeded"]);
  });

  it("keeps caches with different keys apart", async () => {
    const [one, other] = [await acquire("shared"), await acquire("shared", { key: "other" })];

    expect(one.path).not.to.equal(other.path);
  });

  it("lets commands share one directory", async () => {
    const leases = await Promise.all([acquire("shared"), acquire("shared"), acquire("shared")]);

    expect(new Set(leases.map((lease) => lease.path))).to.have.lengthOf(1);
  });

  it("gives private users one each, which later ones have again", async () => {
    const first = await Promise.all([acquire("private"), acquire("private"), acquire("shared")]);
    first.forEach(release);
    const second = await Promise.all([acquire("private"), acquire("private"), acquire("private")]);

    const paths = first.map((lease) => lease.path).toSorted();
    expect(new Set(paths)).to.have.lengthOf(3);
    expect(second.map((lease) => lease.path).toSorted()).to.deep.equal(paths);
  });

  it("lets locked users wait for each other, and for those who share", async () => {
    const [shared, sharing] = [await acquire("shared"), await acquire("shared")];
    const order: string[] = [];
    const locked = ["first", "second"].map(async (name) => {
      const lease = await acquire("locked");
      order.push(name);
      expect(lease.path).to.equal(shared.path);
      order.push(`${name} done`);
      release(lease);
    });
    release(shared);
    order.push("one left");
    release(sharing);
    order.push("none left");

    await Promise.all(locked);

    expect(order).to.deep.equal([
      "one left",
      "none left",
      "first",
      "first done",
      "second",
      "second done",
    ]);
  });

  it("stops waiting when the build is aborted", async () => {
    await acquire("locked");
    const abort = new AbortController();
    const waiting = acquire("locked", { signal: abort.signal }).catch((error: unknown) => error);

    abort.abort();

    expect(await waiting).to.have.property("name", "AbortError");
  });
});
