import { existsSync, lstatSync, readdirSync, readFileSync, readlinkSync, statSync } from "node:fs";
import * as fs from "node:fs/promises";
import path from "node:path";
import { expect } from "chai";
import { fsPath } from "../../src/filetree/name.ts";
import type { FileTree } from "../../src/filetree/tree.ts";
import { Contents } from "../../src/layer/contents.ts";
import { type OverlayProbe, probeOverlay } from "../../src/rootfs/overlay-mount.ts";
import { OverlayRootFactory } from "../../src/rootfs/overlay-root.ts";
import { getXattr, setTimes, setXattr } from "../../src/rootfs/posix.ts";
import type { StageRoot } from "../../src/rootfs/stage-root.ts";
import { identities, loneUser } from "../support/identity.ts";
import { inNamespace, type Scenario, type ScenarioPlace } from "../support/namespace.ts";
import { file, link, someTime, treeOf } from "../support/tree.ts";
import { changesIn } from "../support/tree-changes.ts";

async function withFactory<T>(
  { directory }: ScenarioPlace,
  use: (factory: OverlayRootFactory) => Promise<T>,
): Promise<T> {
  await using contents = new Contents(directory);
  await using factory = new OverlayRootFactory(path.join(directory, "roots"), contents);
  return await use(factory);
}

async function withRoot<T>(
  place: ScenarioPlace,
  tree: FileTree,
  use: (root: StageRoot) => Promise<T>,
): Promise<T> {
  return withFactory(place, async (factory) => {
    await using root = await factory.create();
    await root.update(tree);
    return await use(root);
  });
}

/** Reports what `work` changes in a root that holds `tree`. */
async function changesOf(
  place: ScenarioPlace,
  tree: FileTree,
  work: (root: string) => Promise<void>,
): Promise<string[]> {
  return withRoot(place, tree, async (root) => {
    const { tree: after } = await root.change(work);
    return changesIn(after, tree);
  });
}

const capability = Buffer.from("0100000200040000000000000000000000000000", "hex");

export function probes({ directory }: ScenarioPlace): Promise<OverlayProbe> {
  return Promise.resolve(probeOverlay(directory));
}

export async function materialises(place: ScenarioPlace): Promise<unknown> {
  const hard = file("hard", { mode: 0o4755 });
  const tree = treeOf({
    "": 0o755,
    d: 0o1777,
    "d/file": file("text", { uid: 33, gid: 34, mode: 0o640 }),
    "d/empty": file(""),
    "d/link": link("../nowhere"),
    "a-hard": hard,
    "b-hard": hard,
    "n\udc80me": file("odd name"),
    fifo: { type: "fifo", mode: 0o620, uid: 1, gid: 2, mtime: someTime },
    capable: file("c", { xattrs: new Map([["security.capability", capability]]) }),
  });
  return withRoot(place, tree, async (root) => {
    const { result } = await root.change((directory) => {
      const at = (name: string): string => path.join(directory, name);
      const facts = (name: string): unknown => {
        const { mode, uid, gid, mtimeMs } = lstatSync(fsPath(at(name)));
        return [mode.toString(8), uid, gid, mtimeMs / 1000];
      };
      return Promise.resolve({
        d: facts("d"),
        file: [facts("d/file"), readFileSync(at("d/file"), "utf8")],
        empty: statSync(at("d/empty")).size,
        link: readlinkSync(at("d/link")),
        hard: [facts("a-hard"), statSync(at("a-hard")).ino === statSync(at("b-hard")).ino],
        odd: readFileSync(fsPath(at("n\udc80me")), "utf8"),
        fifo: facts("fifo"),
        capable: getXattr(at("capable"), "security.capability")?.toString("hex"),
      });
    });
    return result;
  });
}

export async function nothing(place: ScenarioPlace): Promise<unknown> {
  return withRoot(place, treeOf({ a: file("a") }), async (root) => {
    const before = (await root.change(() => Promise.resolve())).tree;
    const after = (await root.change(async (at) => void (await fs.readFile(`${at}/a`)))).tree;
    return after.root === before.root;
  });
}

export async function changes(place: ScenarioPlace): Promise<unknown> {
  const tree = treeOf({
    "": 0o755,
    d: 0o755,
    "d/gone": file("gone"),
    "d/written": file("written"),
    "d/moded": file("moded"),
    "d/same": file("same"),
    tree: 0o755,
    "tree/a": file("a"),
    "tree/b": file("b"),
    "to-link": 0o755,
    "to-link/x": file("x"),
    "to-directory": file("x"),
  });
  return changesOf(place, tree, async (at) => {
    await fs.rm(`${at}/d/gone`);
    await fs.writeFile(`${at}/d/written`, "rewritten");
    await fs.chmod(`${at}/d/moded`, 0o600);
    await fs.chown(`${at}/d/same`, 0, 0);
    await fs.rm(`${at}/tree`, { recursive: true });
    await fs.mkdir(`${at}/tree`);
    await fs.writeFile(`${at}/tree/b`, "new b");
    await fs.rm(`${at}/to-link`, { recursive: true });
    await fs.symlink("elsewhere", `${at}/to-link`);
    await fs.rm(`${at}/to-directory`);
    await fs.mkdir(`${at}/to-directory`, 0o700);
    await fs.writeFile(`${at}/new`, "new");
    await fs.chown(`${at}/new`, 7, 8);
    setXattr(`${at}/new`, "user.note", Buffer.from("kept"));
  });
}

export async function hardLinks(place: ScenarioPlace): Promise<unknown> {
  const tree = treeOf({ z: file("z") });
  return withRoot(place, tree, async (root) => {
    const { tree: after } = await root.change(async (at) => {
      await fs.link(`${at}/z`, `${at}/a`);
      await fs.writeFile(`${at}/new`, "new");
      await fs.link(`${at}/new`, `${at}/newer`);
    });
    return {
      unchanged: after.get("z") === tree.get("z"),
      linkedToOld: after.get("a") === after.get("z"),
      linkedToNew: after.get("new") === after.get("newer"),
    };
  });
}

export async function sameTime(place: ScenarioPlace): Promise<unknown> {
  const tree = treeOf({ "": 0o755, changed: file("one"), same: file("one") });
  return changesOf(place, tree, async (at) => {
    await fs.writeFile(`${at}/changed`, "two");
    await fs.writeFile(`${at}/same`, "one");
    for (const name of ["changed", "same"]) setTimes(path.join(at, name), someTime);
    setTimes(at, someTime);
  });
}

export async function missingDevice(place: ScenarioPlace): Promise<unknown> {
  const device = { type: "character", mode: 0o666, uid: 0, gid: 0, mtime: someTime } as const;
  const whiteout = { ...device, major: 0, minor: 0 };
  const tree = treeOf({ "": 0o755, dev: 0o755, "dev/odd": whiteout, "gone/odd": whiteout });
  return changesOf(place, tree, async (at) => {
    await fs.writeFile(`${at}/dev/file`, "");
    await fs.rm(`${at}/gone`, { recursive: true });
  });
}

export async function sockets(place: ScenarioPlace): Promise<unknown> {
  const { createServer } = await import("node:net");
  return changesOf(place, treeOf({ "": 0o755, s: file("replaced") }), async (at) => {
    await fs.rm(`${at}/s`);
    const server = createServer();
    await new Promise<void>((done) => server.listen(`${at}/s`, done));
    await fs.rename(`${at}/s`, `${at}/t`);
    await fs.link(`${at}/t`, `${at}/s`);
    server.close();
  });
}

export async function updates(place: ScenarioPlace): Promise<unknown> {
  return withRoot(place, treeOf({ a: file("a"), "d/b": file("b") }), async (root) => {
    const { tree } = await root.change((at) => fs.writeFile(`${at}/made`, "made"));
    const next = tree.fork();
    next.remove("a");
    next.setLeaf("copied", file("copied", { uid: 5 }));
    next.setLeaf("d", file("was a directory"));
    await root.update(next);
    const seen = await root.change((at) => Promise.resolve(readdirSync(at).toSorted()));
    return { seen: seen.result, changed: changesIn(seen.tree, next) };
  });
}

export async function failing(place: ScenarioPlace): Promise<unknown> {
  return withRoot(place, treeOf({ a: file("a") }), async (root) => {
    const message = await root
      .change(async (at) => {
        await fs.rm(`${at}/a`);
        throw new RangeError("enough");
      })
      .catch((error: unknown) => String(error));
    const { result } = await root.change((at) => Promise.resolve(readdirSync(at)));
    return { message, left: result };
  });
}

export async function forks(place: ScenarioPlace): Promise<unknown> {
  return withFactory(place, async (factory) => {
    const first = await factory.create();
    await first.update(treeOf({ a: file("a") }));
    const { tree } = await first.change((at) => fs.writeFile(`${at}/shared`, "shared"));
    const second = await first.fork();
    await first.change((at) => fs.writeFile(`${at}/first`, ""));
    await first[Symbol.asyncDispose]();
    const { result } = await second.change((at) => Promise.resolve(readdirSync(at).toSorted()));
    const shared = tree.get("shared");
    const content =
      shared?.type === "file" && shared.content.kind === "local" ? shared.content.path : "";
    const readable = existsSync(content);
    await second[Symbol.asyncDispose]();
    return { result, readable, left: readdirSync(path.join(place.directory, "roots")) };
  });
}

export async function longChain(place: ScenarioPlace): Promise<unknown> {
  return withRoot(place, treeOf({ "": 0o755, base: file("base") }), async (root) => {
    for (let step = 0; step < 150; step += 1) {
      await root.change(async (at) => {
        await fs.writeFile(`${at}/step`, String(step));
        if (step === 100) await fs.rm(`${at}/base`);
      });
    }
    const { result } = await root.change(async (at) => [
      readdirSync(at),
      await fs.readFile(`${at}/step`, "utf8"),
    ]);
    return result;
  });
}

export async function disposal(place: ScenarioPlace): Promise<unknown> {
  await withRoot(place, treeOf({ "": 0o755 }), async (root) => {
    await root.change(async (at) => {
      await fs.mkdir(`${at}/locked/inner`, { recursive: true });
      await fs.chmod(`${at}/locked`, 0);
    });
  });
  const mounts = readFileSync("/proc/self/mountinfo", "utf8");
  return { left: readdirSync(place.directory), mounted: mounts.includes(place.directory) };
}

for (const identity of identities) {
  const run = (scenario: Scenario<unknown>): Promise<unknown> =>
    inNamespace(scenario, { from: import.meta.url, as: identity.as });
  describe(`rootfs/overlay-root for ${identity.name}`, function () {
    this.timeout(30_000);
    before(async function () {
      if (!(await identity.prepare())) this.skip();
    });
    after(() => identity.remove());

    const seconds = 1_577_934_245;

    it("can be used where a mount was tried", async () => {
      expect(await run(probes)).to.deep.equal({ works: true });
    });

    it("brings a tree to disk with all that a layer says about files", async () => {
      expect(await run(materialises)).to.deep.equal({
        d: ["41777", 0, 0, seconds],
        file: [["100640", 33, 34, seconds], "text"],
        empty: 0,
        link: "../nowhere",
        hard: [["104755", 0, 0, seconds], true],
        odd: "odd name",
        fifo: ["10620", 1, 2, seconds],
        capable: "0100000200040000000000000000000000000000",
      });
    });

    it("keeps the tree when nothing was changed", async () => {
      expect(await run(nothing)).to.equal(true);
    });

    it("finds what was added, changed, replaced and deleted", async () => {
      expect(await run(changes)).to.deep.equal([
        "d directory 755 0:0",
        "d/gone gone",
        'd/moded file 600 0:0 "moded"',
        'd/written file 644 0:0 "rewritten"',
        'new file 644 7:8 "new"',
        "to-directory directory 700 0:0",
        "to-link symlink 777 0:0 elsewhere",
        "to-link/x gone",
        "tree directory 755 0:0",
        "tree/a gone",
        'tree/b file 644 0:0 "new b"',
      ]);
    });

    it("finds hard links, also to files that are as before", async () => {
      expect(await run(hardLinks)).to.deep.equal({
        unchanged: true,
        linkedToOld: true,
        linkedToNew: true,
      });
    });

    it("compares bytes when a time was set back", async () => {
      expect(await run(sameTime)).to.deep.equal(['changed file 644 0:0 "two"']);
    });

    it("keeps devices that cannot be on disk until their directory goes", async () => {
      expect(await run(missingDevice)).to.deep.equal([
        "dev directory 755 0:0",
        'dev/file file 644 0:0 ""',
        "gone gone",
      ]);
    });

    it("drops sockets", async () => {
      expect(await run(sockets)).to.deep.equal(["s gone"]);
    });

    it("brings the directory to the next tree", async () => {
      expect(await run(updates)).to.deep.equal({ seen: ["copied", "d", "made"], changed: [] });
    });

    it("drops what was done by a command that throws", async () => {
      expect(await run(failing)).to.deep.equal({ message: "RangeError: enough", left: ["a"] });
    });

    it("gives a fork the same files, which outlive the root it came from", async () => {
      expect(await run(forks)).to.deep.equal({ result: ["a", "shared"], readable: true, left: [] });
    });

    it("goes on when there are more changes than an overlay can have layers", async () => {
      expect(await run(longChain)).to.deep.equal([["step"], "149"]);
    });

    it("leaves neither files nor mounts behind", async () => {
      expect(await run(disposal)).to.deep.equal({ left: [], mounted: false });
    });
  });
}

export async function ownersKept(place: ScenarioPlace): Promise<unknown> {
  const tree = treeOf({
    "": 0o755,
    "a/f": file("f", { uid: 33, gid: 34 }),
    b: file("b", { uid: 5 }),
  });
  return changesOf(place, tree, async (at) => {
    await fs.writeFile(`${at}/a/f`, "rewritten");
    await fs.chmod(`${at}/b`, 0o600);
    await fs.writeFile(`${at}/new`, "");
  });
}

describe(`rootfs/overlay-root for ${loneUser.name}`, function () {
  this.timeout(30_000);
  before(async function () {
    if (!(await loneUser.prepare())) this.skip();
  });

  it("keeps owners in the tree that cannot be on disk", async () => {
    const lines = await inNamespace(ownersKept, { from: import.meta.url, as: loneUser.as });

    expect(lines).to.deep.equal([
      "a directory 755 0:0",
      'a/f file 644 33:34 "rewritten"',
      'b file 600 5:0 "b"',
      'new file 644 0:0 ""',
    ]);
  });
});
