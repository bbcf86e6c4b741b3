import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { chmodSync, mkdirSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import { expect } from "chai";
import { BuildCaches } from "../../../src/build/mounts/build-caches.ts";
import type { CacheLease, CacheRequest } from "../../../src/build/mounts/cache-directories.ts";
import { LastingCaches } from "../../../src/build/mounts/lasting-caches.ts";
import { lastingPlace } from "../../../src/build/mounts/lasting-place.ts";
import type { TreeNode } from "../../../src/filetree/node.ts";
import { Contents } from "../../../src/layer/contents.ts";
import { type Logger, silentLogger } from "../../../src/log/logger.ts";
import {
  makeTemporaryDirectory,
  type TemporaryDirectory,
} from "../../support/temporary-directory.ts";
import { file, treeOf } from "../../support/tree.ts";

const release = (lease: CacheLease | undefined): void => lease?.[Symbol.dispose]();
const { signal } = new AbortController();

describe("build/mounts/lasting-caches", () => {
  let place: TemporaryDirectory;
  let contents: Contents;
  let warnings: string[];

  beforeEach(async () => {
    place = await makeTemporaryDirectory();
    contents = new Contents(place.path);
    warnings = [];
  });

  afterEach(async () => {
    await contents[Symbol.asyncDispose]();
    await place[Symbol.asyncDispose]();
  });

  /** The caches as another build has them. */
  const open = (keepsOwners = true): LastingCaches => {
    const log: Logger = { ...silentLogger, warn: (message) => warnings.push(message) };
    const fallback = new BuildCaches(place.join("own"), contents);
    const directory = place.join("mounts");
    return new LastingCaches({ directory, keepsOwners, contents, fallback, log });
  };

  const seed: TreeNode = treeOf({ "": 0o755, seeded: file("text") }).root;

  const acquire = (
    sharing: CacheRequest["sharing"],
    more: Partial<CacheRequest> = {},
    caches = open(),
  ): Promise<CacheLease> =>
    caches.acquire({ key: "key", name: "name", sharing, seed, ...more }, signal);

  it("begins with the seed once, and keeps what a build leaves for the next one", async () => {
    const first = await acquire("shared");
    expect(readdirSync(first.path)).to.deep.equal(["seeded"]);
    rmSync(path.join(first.path, "seeded"));
    writeFileSync(path.join(first.path, "left"), "");
    release(first);

    const second = await acquire("private");

    expect(second.path).to.equal(first.path);
    expect(readdirSync(second.path)).to.deep.equal(["left"]);
    expect(warnings).to.deep.equal([]);
  });

  it("keeps caches apart that have other keys, or begin with something else", async () => {
    const others = [
      { key: "other" },
      { seed: treeOf({ seeded: file("other") }).root },
      { seed: treeOf({}).root },
    ];
    const leases = [await acquire("shared")];
    for (const other of others) leases.push(await acquire("shared", other));

    expect(new Set(leases.map((lease) => path.dirname(lease.path)))).to.have.lengthOf(4);
  });

  it("has caches of their own for commands that cannot give files owners", async () => {
    const [one, other] = [await acquire("shared"), await acquire("shared", {}, open(false))];

    expect(one.path).not.to.equal(other.path);
    release(one);
    release(other);
  });

  it("has a file where the seed is one", async () => {
    const first = await acquire("private", { seed: file("text") });
    release(first);

    expect((await acquire("private", { seed: file("text") })).path).to.equal(first.path);
    expect(path.basename(first.path)).to.equal("file");
  });

  it("lets builds share a directory, also one that is still being made", async () => {
    const leases = await Promise.all([acquire("shared"), acquire("shared"), acquire("shared")]);

    expect(new Set(leases.map((lease) => lease.path))).to.have.lengthOf(1);
  });

  it("gives a directory of its own to who does not share with those that are there", async () => {
    const leases = [await acquire("shared"), await acquire("private"), await acquire("private")];
    release(leases[1]);
    leases.push(await acquire("shared"));

    const names = leases.map((lease) => path.basename(lease.path));
    expect(names).to.deep.equal(["0", "1", "2", "0"]);
  });

  it("lets locked users of several builds wait for each other, and for those who share", async () => {
    const shared = await acquire("shared");
    let users = 0;
    let most = 0;
    const locked = [1, 2, 3].map(async () => {
      const lease = await acquire("locked");
      expect(lease.path).to.equal(shared.path);
      users += 1;
      most = Math.max(most, users);
      await new Promise(setImmediate);
      users -= 1;
      release(lease);
    });
    release(shared);

    await Promise.all(locked);

    expect(most).to.equal(1);
  });

  it("stops waiting when the build is aborted", async () => {
    await acquire("locked");
    const abort = new AbortController();
    const request = { key: "key", name: "name", sharing: "locked", seed } as const;
    const waiting = open()
      .acquire(request, abort.signal)
      .catch((error: unknown) => error);

    abort.abort();

    expect(await waiting).to.have.property("name", "AbortError");
  });

  it("takes the lock of a build that was killed", async () => {
    const { path: directory, ...lease } = await acquire("locked");
    lease[Symbol.dispose]();
    const holder = await holdLock(`${directory}.lock`);
    const waiting = acquire("locked");
    holder.kill("SIGKILL");

    expect((await waiting).path).to.equal(directory);
  });

  it("makes a directory anew that a build has not finished", async () => {
    const first = await acquire("private");
    release(first);
    rmSync(first.path, { recursive: true });
    mkdirSync(`${first.path}.partial`);
    writeFileSync(path.join(`${first.path}.partial`, "half"), "");

    expect(readdirSync((await acquire("private")).path)).to.deep.equal(["seeded"]);
  });

  it("fills a new directory as it is told, and leaves nothing where that fails", async () => {
    const failed = await acquire("shared", { fill: fail }).catch((error: unknown) => error);
    const lease = await acquire("shared", { fill });

    expect(failed).to.be.instanceOf(RangeError);
    expect(readdirSync(lease.path)).to.deep.equal(["filled"]);
    expect(readdirSync(path.dirname(lease.path)).toSorted()).to.deep.equal([
      "0",
      "0.lock",
      "lock",
      "title",
    ]);
  });

  it("has directories for this build only, and one warning, where it cannot be used", async () => {
    const damaged = await acquire("shared");
    release(damaged);
    rmSync(damaged.path, { recursive: true });
    writeFileSync(damaged.path, "no directory");
    const caches = open();

    const leases = [
      await acquire("shared", {}, caches),
      await acquire("shared", { key: "other" }, caches),
    ];

    for (const lease of leases) expect(lease.path).to.include(place.join("own"));
    expect(warnings).to.deep.equal(["cache mounts last for this build only"]);
    expect(await caches.reopen(leases[0]?.path ?? "", signal)).not.to.equal(undefined);
  });

  it("opens a directory again only where nobody has it", async () => {
    const caches = open();
    const lease = await acquire("shared", {}, caches);
    const other = await acquire("shared");
    release(lease);

    expect(await caches.reopen(lease.path, signal)).to.equal(undefined);
    release(other);
    using alone = await caches.reopen(lease.path, signal);

    expect(alone).not.to.equal(undefined);
    expect((await acquire("shared")).path).not.to.equal(lease.path);
  });

  it("has a place of its own for builds that give files other ids", async () => {
    const first = await lastingPlace(place.join("mounts"), signal);
    expect(await lastingPlace(place.join("mounts"), signal)).to.equal(first);
    rmSync(path.join(first, "owner"));

    const second = await lastingPlace(place.join("mounts"), signal);

    expect(path.basename(first)).to.equal("0");
    expect(path.basename(second)).to.equal("1");
  });

  it("says why the place cannot be used", async () => {
    writeFileSync(place.join("mounts"), "");
    chmodSync(place.join("mounts"), 0o600);

    expect((await acquire("shared")).path).to.include(place.join("own"));
    expect(warnings).to.have.lengthOf(1);
  });
});

/** A process that has the lock of a file. */
async function holdLock(lock: string): Promise<ChildProcess> {
  const holder = spawn("flock", ["--no-fork", lock, "sh", "-c", "echo locked; exec cat"], {
    stdio: ["pipe", "pipe", "ignore"],
  });
  await once(holder.stdout, "data");
  return holder;
}

function fail(directory: string): Promise<string> {
  mkdirSync(directory);
  return Promise.reject(new RangeError("on purpose"));
}

function fill(directory: string): Promise<string> {
  mkdirSync(directory);
  writeFileSync(path.join(directory, "filled"), "");
  return Promise.resolve(directory);
}
