import {
  chmodSync,
  linkSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import path from "node:path";
import { expect } from "chai";
import { BuildCaches } from "../../../src/build/mounts/build-caches.ts";
import type {
  CacheDirectories,
  CacheRequest,
} from "../../../src/build/mounts/cache-directories.ts";
import { LastingCaches } from "../../../src/build/mounts/lasting-caches.ts";
import { StoredCaches, type StoredCachesOptions } from "../../../src/build/mounts/stored-caches.ts";
import { LayoutImages } from "../../../src/cache/layout-images.ts";
import { type MountImage, readMountImage, toMountImage } from "../../../src/cache/mount-image.ts";
import { FilesystemError } from "../../../src/errors/filesystem-error.ts";
import { diffTrees } from "../../../src/filetree/diff.ts";
import { FileTree } from "../../../src/filetree/tree.ts";
import { Contents } from "../../../src/layer/contents.ts";
import { Spool } from "../../../src/layer/spool.ts";
import { type Logger, silentLogger } from "../../../src/log/logger.ts";
import { memoryLayer } from "../../support/memory-layer.ts";
import {
  makeTemporaryDirectory,
  type TemporaryDirectory,
} from "../../support/temporary-directory.ts";
import { file, treeOf } from "../../support/tree.ts";

const { signal } = new AbortController();

/** What a command does in the directory of a cache. */
type Act = (directory: string) => void;

describe("build/mounts/stored-caches", () => {
  let place: TemporaryDirectory;
  let warnings: string[];
  let pods: number;

  beforeEach(async () => {
    place = await makeTemporaryDirectory();
    warnings = [];
    pods = 0;
  });
  afterEach(() => place[Symbol.asyncDispose]());

  const stored = (): LayoutImages => new LayoutImages(place.join("stored"));

  /** A pod of its own, in which `use` has caches. */
  async function inPod(
    use: (caches: StoredCaches) => Promise<void>,
    more: Partial<StoredCachesOptions> = {},
    directoriesIn?: (contents: Contents) => CacheDirectories,
  ): Promise<void> {
    pods += 1;
    const directory = place.join(`pod-${pods}`);
    mkdirSync(directory);
    using spool = await Spool.open(directory);
    await using contents = new Contents(directory);
    const log: Logger = { ...silentLogger, warn: (message) => warnings.push(message) };
    const caches = new StoredCaches({
      directories:
        directoriesIn?.(contents) ?? new BuildCaches(path.join(directory, "caches"), contents),
      images: stored(),
      contents,
      spool,
      maxBytes: 1_000_000,
      isWritten: true,
      keepsOwners: true,
      now: () => 0,
      log,
      signal,
      ...more,
    });
    await use(caches);
    await caches.store();
  }

  const request: CacheRequest = {
    key: "key",
    name: "/root/.cache",
    sharing: "shared",
    seed: treeOf({ "": 0o755 }).root,
  };

  const run = (act: Act, more?: Partial<StoredCachesOptions>): Promise<void> =>
    inPod(async (caches) => {
      using lease = await caches.acquire(request, signal);
      act(lease.path);
      lease.succeeded?.();
    }, more);

  /** What the next pod finds. */
  const files = async (): Promise<Record<string, string>> => {
    const found: Record<string, string> = {};
    await run((directory) => {
      for (const name of readdirSync(directory)) {
        found[name] = readFileSync(path.join(directory, name), "utf8");
      }
    });
    return found;
  };

  const image = async (): Promise<MountImage> => {
    const [name = ""] = readdirSync(place.join("stored"));
    const found = await stored().find(name, readMountImage);
    if (found === undefined) throw new Error("nothing is stored");
    return found;
  };

  it("gives the next pod what a command has left: files, links, modes and times", async () => {
    await run((directory) => {
      mkdirSync(path.join(directory, "d"));
      writeFileSync(path.join(directory, "d/f"), "text");
      chmodSync(path.join(directory, "d/f"), 0o640);
      linkSync(path.join(directory, "d/f"), path.join(directory, "hard"));
      symlinkSync("d/f", path.join(directory, "soft"));
    });

    await run((directory) => {
      const stats = lstatSync(path.join(directory, "d/f"));
      expect(stats.mode & 0o777).to.equal(0o640);
      expect(stats.nlink).to.equal(2);
      expect(lstatSync(path.join(directory, "hard")).ino).to.equal(stats.ino);
      expect(readFileSync(path.join(directory, "soft"), "utf8")).to.equal("text");
    });
    expect(readdirSync(place.join("stored"))[0]).to.match(/^mount-root-\.cache-[0-9a-f]{32}$/);
    expect(warnings).to.deep.equal([]);
  });

  it("adds a layer with what has changed, and none where nothing has", async () => {
    await run((directory) => {
      write("kept", "k".repeat(1000))(directory);
      write("gone", "g")(directory);
    });
    const [first] = (await image()).layers;
    await run((directory) => {
      write("new", "n")(directory);
      rmSync(path.join(directory, "gone"));
    });
    const { layers } = await image();

    expect(await files()).to.deep.equal({ kept: "k".repeat(1000), new: "n" });

    expect(layers.map(({ bytes }) => bytes)).to.deep.equal([1001, 1]);
    expect(layers[0]?.descriptor).to.deep.equal(first?.descriptor);
    expect((await image()).layers.map(({ descriptor }) => descriptor)).to.deep.equal(
      layers.map(({ descriptor }) => descriptor),
    );
  });

  it("packs all anew when the layers hold twice as much as there is", async () => {
    await run(write("f", "1".repeat(100)));
    await run(write("f", "2".repeat(100)));
    expect((await image()).layers).to.have.lengthOf(2);

    await run(write("f", "3".repeat(100)));

    expect((await image()).layers.map(({ bytes }) => bytes)).to.deep.equal([100]);
    expect(await files()).to.deep.equal({ f: "3".repeat(100) });
  });

  it("packs all anew when there are many layers", async () => {
    for (let step = 0; step < 16; step += 1) await run(write(`f${step}`, "text"));
    expect((await image()).layers).to.have.lengthOf(16);

    await run(write("last", "text"));

    expect((await image()).layers).to.have.lengthOf(1);
    expect(Object.keys(await files())).to.have.lengthOf(17);
  });

  it("asks for nothing before a cache is used, and stores nothing that failed", async () => {
    await inPod(async () => {});
    await inPod(async (caches) => {
      using lease = await caches.acquire(request, signal);
      write("f", "of a command that fails")(lease.path);
    });
    await run(write("f", "text"), { isWritten: false });

    expect(() => readdirSync(place.join("stored"))).to.throw("ENOENT");
  });

  it("stores nothing that is too large", async () => {
    await run(write("f", "text"));
    await run(write("more", "text"), { maxBytes: 7 });

    expect(await files()).to.deep.equal({ f: "text" });
    expect(warnings).to.deep.equal(["a cache mount is too large to be stored"]);
  });

  it("keeps the directory's own mode and owner, and begins with the seed where nothing is stored", async () => {
    const seeded = { ...request, seed: treeOf({ "": 0o700, f: file("seed") }).root };
    const seen: string[] = [];
    for (const step of ["one", "two"]) {
      await inPod(async (caches) => {
        using lease = await caches.acquire(seeded, signal);
        seen.push(...readdirSync(lease.path), (lstatSync(lease.path).mode & 0o777).toString(8));
        write(step, "")(lease.path);
        lease.succeeded?.();
      });
    }

    expect(seen).to.deep.equal(["f", "700", "f", "one", "700"]);
  });

  it("has caches of their own for commands that cannot give files owners", async () => {
    await run(write("f", "text"), { keepsOwners: false });
    expect(await files()).to.deep.equal({});

    await run(write("g", "text"), { keepsOwners: false });
    expect(readdirSync(place.join("stored"))).to.have.lengthOf(1);
    await run(write("h", "text"));
    expect(readdirSync(place.join("stored"))).to.have.lengthOf(2);
  });

  it("does not store a cache that is a file", async () => {
    await inPod(async (caches) => {
      using lease = await caches.acquire({ ...request, seed: file("seed") }, signal);
      lease.succeeded?.();
      expect(readFileSync(lease.path, "utf8")).to.equal("seed");
    });

    expect(() => readdirSync(place.join("stored"))).to.throw("ENOENT");
  });

  it("begins anew where what is stored is broken, and mends it", async () => {
    await run(write("f", "text"));
    const [{ descriptor } = { descriptor: { digest: ":" } }] = (await image()).layers;
    const [name = ""] = readdirSync(place.join("stored"));
    const [, hex = ""] = descriptor.digest.split(":");
    truncateSync(place.join("stored", name, "blobs/sha256", hex), 20);

    await run((directory) => {
      expect(readdirSync(directory)).to.deep.equal([]);
      write("other", "text")(directory);
    });

    expect(warnings).to.deep.equal(["a stored cache mount is broken, and begins anew"]);
    expect(await files()).to.deep.equal({ other: "text" });
  });

  it("leaves what is stored alone where it cannot be restored, with one warning", async () => {
    await run(write("f", "text"));
    const failing = stored();
    failing.find = () =>
      Promise.reject(new FilesystemError("FILESYSTEM_FAILED", "the disk is on fire"));
    await inPod(
      async (caches) => {
        for (const key of ["key", "other"]) {
          using lease = await caches.acquire({ ...request, key }, signal);
          write("other", "text")(lease.path);
          lease.succeeded?.();
        }
      },
      { images: failing },
    );

    expect(warnings).to.deep.equal(["cache mounts are neither restored nor stored"]);
    expect(await files()).to.deep.equal({ f: "text" });
  });

  it("begins with the seed where what is stored cannot be written to disk, and leaves it alone", async () => {
    await run(write("f", "text"));
    const [name = ""] = readdirSync(place.join("stored"));
    const longest = treeOf({ ["n".repeat(300)]: file("text") });
    const layer = { ...(await memoryLayer(diffTrees(new FileTree(), longest))), bytes: 4 };
    const layers = [{ ...layer, open: () => layer.open() }];
    await stored().put(
      [name],
      { layers, inFormat: (format) => toMountImage({ layers }, format, 0) },
      signal,
    );

    await run((directory) => {
      expect(readdirSync(directory)).to.deep.equal([]);
      write("other", "text")(directory);
    });

    expect(warnings).to.deep.equal(["a stored cache mount cannot be restored"]);
    expect((await image()).layers[0]?.diffId).to.equal(layer.diffId);
  });

  it("never has less than all of a cache when builds store it at the same time", async () => {
    await run(write("f", "text"));

    await Promise.all(["a", "b", "c"].map((name) => run(write(name, name))));

    const found = await files();
    expect(found).to.include({ f: "text" });
    expect(Object.keys(found)).to.have.lengthOf(2);
  });

  it("stores what others have left in a directory that lasts, unless one has it just then", async () => {
    const lasting = (contents: Contents): LastingCaches =>
      new LastingCaches({
        directory: place.join("lasting"),
        keepsOwners: true,
        contents,
        fallback: new BuildCaches(place.join("own"), contents),
        log: silentLogger,
      });
    const use = async (act: Act, other?: CacheDirectories): Promise<void> => {
      using held = new DisposableStack();
      if (other !== undefined) held.use(await other.acquire(request, signal));
      await inPod(
        async (caches) => {
          using lease = await caches.acquire(request, signal);
          act(lease.path);
          lease.succeeded?.();
        },
        {},
        lasting,
      );
    };
    await use(write("kept", "k".repeat(100)));
    await use(write("second", "s"));
    expect((await image()).layers.map(({ bytes }) => bytes)).to.deep.equal([100, 1]);

    await using contents = new Contents(place.path);
    await use(write("third", "t"), lasting(contents));

    expect(await files()).to.have.all.keys("kept", "second");
    expect(readdirSync(place.join("lasting/0"))).to.have.lengthOf(2);
  });
});

function write(name: string, text: string): Act {
  return (directory) => writeFileSync(path.join(directory, name), text);
}
