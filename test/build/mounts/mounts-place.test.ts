import { mkdirSync, readdirSync, utimesSync, writeFileSync } from "node:fs";
import path from "node:path";
import { expect } from "chai";
import { BuildCaches } from "../../../src/build/mounts/build-caches.ts";
import type { CacheLease } from "../../../src/build/mounts/cache-directories.ts";
import { LastingCaches } from "../../../src/build/mounts/lasting-caches.ts";
import { MountsPlace } from "../../../src/build/mounts/mounts-place.ts";
import type { KeptEntry } from "../../../src/cache/cache-place.ts";
import { Contents } from "../../../src/layer/contents.ts";
import { silentLogger } from "../../../src/log/logger.ts";
import {
  makeTemporaryDirectory,
  type TemporaryDirectory,
} from "../../support/temporary-directory.ts";
import { treeOf } from "../../support/tree.ts";

const { signal } = new AbortController();

describe("build/mounts/mounts-place", () => {
  let place: TemporaryDirectory;
  let contents: Contents;

  beforeEach(async () => {
    place = await makeTemporaryDirectory();
    contents = new Contents(place.path);
  });

  afterEach(async () => {
    await contents[Symbol.asyncDispose]();
    await place[Symbol.asyncDispose]();
  });

  /** A directory of a cache, which some build has until it is released. */
  function acquire(name: string): Promise<CacheLease> {
    const directory = place.join("mounts");
    const fallback = new BuildCaches(place.join("own"), contents);
    const caches = new LastingCaches({
      directory,
      keepsOwners: true,
      contents,
      fallback,
      log: silentLogger,
    });
    const seed = treeOf({}).root;
    return caches.acquire({ key: name, name, sharing: "private", seed }, signal);
  }

  async function list(): Promise<readonly KeptEntry[]> {
    return (await new MountsPlace(place.join("mounts")).list()).entries;
  }

  const described = async (): Promise<string[]> =>
    (await list()).map(({ description }) => description);

  it("has nothing where there is no directory", async () => {
    expect(await list()).to.deep.equal([]);
  });

  it("lists directories of caches with their sizes and their last use", async () => {
    const first = await acquire("/root/.npm");
    const second = await acquire("/root/.npm");
    mkdirSync(path.join(first.path, "d"));
    writeFileSync(path.join(first.path, "d/f"), "12345");
    utimesSync(`${second.path}.lock`, 7, 7);
    for (const lease of [first, second]) lease[Symbol.dispose]();

    const [one, other, ...more] = await list();

    expect(more).to.deep.equal([]);
    expect(one).to.include({ description: "cache mount /root/.npm", bytes: 5, isLeftover: false });
    expect(one?.names[0]).to.match(/^[0-9a-f]{64}-0$/);
    expect(other).to.include({ bytes: 0, timeMs: 7000 });

    using used = await acquire("/root/.npm");
    expect(used.path).to.equal(first.path);
    utimesSync(`${first.path}.lock`, 7, 7);
    using again = await acquire("/root/.npm");
    expect(again.path).to.equal(second.path);
    expect((await list())[1]?.timeMs).to.be.greaterThan(7000);
  });

  it("removes a directory, which the next build makes anew", async () => {
    const lease = await acquire("a");
    writeFileSync(path.join(lease.path, "f"), "text");
    lease[Symbol.dispose]();
    const [entry] = await list();

    expect(await entry?.remove(signal)).to.equal(true);

    expect(await described()).to.deep.equal([]);
    using next = await acquire("a");
    expect(next.path).to.equal(lease.path);
    expect(readdirSync(next.path)).to.deep.equal([]);
    expect(await described()).to.deep.equal(["cache mount a"]);
  });

  it("leaves a directory to the build that has it", async () => {
    using lease = await acquire("a");
    writeFileSync(path.join(lease.path, "f"), "text");
    const [entry] = await list();

    expect(await entry?.remove(signal)).to.equal(false);

    expect(readdirSync(lease.path)).to.deep.equal(["f"]);
  });
});
