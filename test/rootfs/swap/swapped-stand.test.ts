import {
  chmodSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import * as fs from "node:fs/promises";
import path from "node:path";
import { expect } from "chai";
import type { FileTree } from "../../../src/filetree/tree.ts";
import { Contents } from "../../../src/layer/contents.ts";
import { mountOverlay } from "../../../src/rootfs/overlay-mount.ts";
import { PlainRootFactory } from "../../../src/rootfs/plain-root.ts";
import { mount, unmount } from "../../../src/rootfs/posix.ts";
import { SwappedStand } from "../../../src/rootfs/swap/swapped-stand.ts";
import { caller } from "../../support/identity.ts";
import { inNamespace, type ScenarioPlace } from "../../support/namespace.ts";
import { file, link, treeOf } from "../../support/tree.ts";
import { changesIn } from "../../support/tree-changes.ts";

/** A pod's root: files of its own, a volume, and a service account below /var/run. */
async function withPod<T>({ directory }: ScenarioPlace, use: (pod: Pod) => Promise<T>): Promise<T> {
  const place = path.join(directory, "pod");
  const at = (name: string): string => path.join(place, name);
  for (const name of ["etc", "var/run/secrets", "workspace", "proc", "sys", "dev", "own"]) {
    mkdirSync(at(name), { recursive: true });
  }
  writeFileSync(at("etc/of-pod"), "of pod");
  const volumes = ["var/run/secrets", "workspace"].map(at);
  for (const volume of volumes) mount(volume, { source: "none", type: "tmpfs", data: "" });
  writeFileSync(at("var/run/secrets/token"), "token");
  writeFileSync(at("workspace/source"), "source");
  await using contents = new Contents(directory);
  const aside = path.join(directory, "aside");
  const covered: string[] = [];
  const stand = new SwappedStand({
    place,
    aside,
    staying: ["own", "dev", "proc", "sys"].map(at),
    covers: (name) => covered.push(name),
  });
  await using factory = new PlainRootFactory(path.join(directory, "roots"), contents, stand);
  const root = await factory.create();
  const change = async (tree: FileTree, work: (at: string) => Promise<unknown>) => {
    await root.update(tree);
    const { tree: after } = await root.change(work);
    return changesIn(after, tree);
  };
  try {
    return await use({ place, change, covered });
  } finally {
    for (const volume of volumes) unmount(volume);
  }
}

interface Pod {
  readonly place: string;
  /** What was told of paths of images that the pod covers. */
  readonly covered: readonly string[];
  readonly change: (tree: FileTree, work: (at: string) => Promise<unknown>) => Promise<string[]>;
}

/** What is in the pod when nothing is swapped in. */
function podFiles(place: string): string[] {
  return readdirSync(place, { recursive: true }).map(String).toSorted();
}

const kernel = { dev: 0o755, proc: 0o755, sys: 0o755 };

export const swaps = (given: ScenarioPlace): Promise<unknown> =>
  withPod(given, async ({ place, change }) => {
    const before = podFiles(place);
    let seen: unknown;
    const tree = treeOf({
      ...kernel,
      "etc/image": file("image"),
      bin: link("usr/bin"),
      "usr/bin": 0o755,
    });
    const changes = await change(tree, async (at) => {
      seen = podFiles(at);
      await fs.writeFile(`${at}/etc/made`, "made");
      await fs.rm(`${at}/etc/image`);
      await fs.writeFile(`${at}/workspace/left`, "left");
    });
    rmSync(`${place}/workspace/left`);
    return {
      seen,
      changes,
      isAsBefore: JSON.stringify(podFiles(place)) === JSON.stringify(before),
    };
  });

export const changesNothing = (given: ScenarioPlace): Promise<unknown> =>
  withPod(given, async ({ change }) => {
    const tree = treeOf({ ...kernel, "etc/image": file("image"), "usr/bin": 0o755, run: 0o755 });
    return [
      await change(tree, () => Promise.resolve()),
      await change(tree, () => Promise.resolve()),
    ];
  });

export const hides = (given: ScenarioPlace): Promise<unknown> =>
  withPod(given, async ({ change, covered }) => {
    const tree = treeOf({ ...kernel, "workspace/of-image": file("image"), own: file("a file") });
    let seen: unknown;
    const changes = await change(tree, async (at) => {
      seen = [await fs.readdir(`${at}/workspace`), statSync(`${at}/own`).isDirectory()];
    });
    await change(tree, () => Promise.resolve());
    return { seen, changes, covered };
  });

export const relocates = (given: ScenarioPlace): Promise<unknown> =>
  withPod(given, async ({ place, change }) => {
    const tree = treeOf({ ...kernel, "var/run": link("/run"), "run/of-image": file("image") });
    let seen: unknown;
    const changes = await change(tree, async (at) => {
      await fs.writeFile(`${at}/run/made`, "made");
      seen = { link: readlinkSync(`${at}/var/run`), run: readdirSync(`${at}/run`).toSorted() };
    });
    return { seen, changes, token: readFileSync(`${place}/var/run/secrets/token`, "utf8") };
  });

export const destroys = (given: ScenarioPlace): Promise<unknown> =>
  withPod(given, async ({ place, change }) => {
    const tree = treeOf({ ...kernel, "etc/image": file("image"), "usr/bin/tool": file("tool") });
    const changes = await change(tree, async (at) => {
      for (const name of await fs.readdir(at)) {
        await fs.rm(path.join(at, name), { recursive: true, force: true }).catch(() => undefined);
      }
    });
    return { changes, mounted: lstatSync(`${place}/workspace`).dev !== lstatSync(place).dev };
  });

export const renames = (given: ScenarioPlace): Promise<unknown> =>
  withPod(given, async ({ place, change }) => {
    const before = podFiles(place);
    const tree = treeOf({ ...kernel, "var/lib/of-image": file("image"), var: 0o755 });
    const changes = await change(tree, async (at) => {
      await fs.rename(`${at}/var`, `${at}/old`);
      await fs.mkdir(`${at}/var`);
      await fs.writeFile(`${at}/var/new`, "new");
    });
    return { changes, isAsBefore: JSON.stringify(podFiles(place)) === JSON.stringify(before) };
  });

export const fails = (given: ScenarioPlace): Promise<unknown> =>
  withPod(given, async ({ place, change }) => {
    const before = podFiles(place);
    const tree = treeOf({ ...kernel, "etc/image": file("image") });
    const said = await change(tree, (at) => {
      utimesSync(at, 1, 1);
      throw new RangeError("on purpose");
    }).catch((error: unknown) => String(error));
    return { said, isAsBefore: JSON.stringify(podFiles(place)) === JSON.stringify(before) };
  });

export const addsKernelDirectories = (given: ScenarioPlace): Promise<unknown> =>
  withPod(given, async ({ place, change }) => {
    const changes = await change(treeOf({ "usr/bin": 0o755 }), () => Promise.resolve());
    return { changes, left: existsSync(`${place}/usr`) };
  });

/** A container's root is an overlay, whose lower directories cannot be renamed. */
export const movesLowerDirectories = async ({ directory }: ScenarioPlace): Promise<unknown> => {
  const at = (name: string): string => path.join(directory, name);
  for (const name of ["lower/srv/deep/er", "upper", "work", "root"]) {
    mkdirSync(at(name), { recursive: true });
  }
  writeFileSync(at("lower/srv/deep/file"), "of the step image");
  chmodSync(at("lower/srv/deep"), 0o750);
  const layers = { parent: directory, lowers: ["lower"], upper: "upper", work: "work" };
  mountOverlay({ ...layers, target: "root" });
  try {
    mkdirSync(at("root/run"));
    const stand = new SwappedStand({
      place: at("root"),
      aside: at("root/run/aside"),
      staying: [at("root/run")],
    });
    const image = at("root/run/image");
    mkdirSync(`${image}/srv`, { recursive: true });
    const before = podFiles(at("root/srv"));
    const { result } = await stand.use({ directory: image, before: treeOf({ srv: 0o755 }) }, () =>
      Promise.resolve(readdirSync(at("root/srv"))),
    );
    const mode = statSync(at("root/srv/deep")).mode & 0o777;
    return { seen: result, isAsBefore: String(podFiles(at("root/srv"))) === String(before), mode };
  } finally {
    unmount(at("root"));
  }
};

describe("rootfs/swap/swapped-stand", function () {
  this.timeout(30_000);
  const from = import.meta.url;
  before(async function () {
    if (!(await caller.prepare())) this.skip();
  });

  it("shows the image's files with the pod's mounts, and brings back what a command left", async () => {
    expect(await inNamespace(swaps, { from })).to.deep.equal({
      seen: [
        "bin",
        "dev",
        "etc",
        "etc/image",
        "own",
        "proc",
        "sys",
        "usr",
        "usr/bin",
        "var",
        "var/run",
        "var/run/secrets",
        "var/run/secrets/token",
        "workspace",
        "workspace/source",
      ],
      changes: ["etc directory 755 0:0", "etc/image gone", 'etc/made file 644 0:0 "made"'],
      isAsBefore: true,
    });
  });

  it("finds no change where a command has made none", async () => {
    expect(await inNamespace(changesNothing, { from })).to.deep.equal([[], []]);
  });

  it("keeps what the image has under a mount, unseen and unchanged", async () => {
    expect(await inNamespace(hides, { from })).to.deep.equal({
      seen: [["source"], true],
      changes: [],
      covered: ["own", "workspace"],
    });
  });

  it("puts mounts where a link of the image leads", async () => {
    expect(await inNamespace(relocates, { from })).to.deep.equal({
      seen: { link: "/run", run: ["made", "of-image", "secrets"] },
      changes: ["run directory 755 0:0", 'run/made file 644 0:0 "made"'],
      token: "token",
    });
  });

  it("survives a command that removes all that it can", async () => {
    expect(await inNamespace(destroys, { from })).to.deep.equal({
      changes: ["etc gone", "usr gone"],
      mounted: true,
    });
  });

  it("brings mounts back when a command has renamed what holds them", async () => {
    expect(await inNamespace(renames, { from })).to.deep.equal({
      changes: [
        "old directory 755 0:0",
        "old/lib directory 755 0:0",
        'old/lib/of-image file 644 0:0 "image"',
        "var directory 755 0:0",
        "var/lib gone",
        'var/new file 644 0:0 "new"',
      ],
      isAsBefore: true,
    });
  });

  it("brings everything back when the command throws", async () => {
    expect(await inNamespace(fails, { from })).to.deep.equal({
      said: "RangeError: on purpose",
      isAsBefore: true,
    });
  });

  it("moves directories of the container's image aside, which cannot be renamed", async () => {
    expect(await inNamespace(movesLowerDirectories, { from })).to.deep.equal({
      seen: [],
      isAsBefore: true,
      mode: 0o750,
    });
  });

  it("makes the kernel's directories part of an image that lacks them", async () => {
    const { changes, left } = (await inNamespace(addsKernelDirectories, { from })) as {
      changes: string[];
      left: boolean;
    };

    expect(changes).to.include.members([
      "dev directory 755 0:0",
      "proc directory 755 0:0",
      "sys directory 755 0:0",
    ]);
    expect(left).to.equal(false);
  });
});
