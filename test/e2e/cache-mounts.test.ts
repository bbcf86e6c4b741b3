import { readdir, readFile, rm, writeFile } from "node:fs/promises";
import path from "node:path";
import { expect } from "chai";
import { BuildYard } from "../support/build-yard.ts";
import { startImmutableTags } from "../support/immutable-tags.ts";
import { manifestOf, tagsOf } from "../support/registry-queries.ts";
import type { SlipwayOptions, SlipwayResult } from "../support/slipway-cli.ts";

/** Adds a line to a cache, and prints how many there are then. */
const counting = `
FROM busybox
ARG salt
RUN --mount=type=cache,target=/root/.count,id=count,sharing=locked \\
    echo line >> /root/.count/lines; echo "counted $(wc -l < /root/.count/lines)"
`;

describe("e2e/cache-mounts", function () {
  this.timeout(120_000);
  let yard: BuildYard;
  let context: string;

  before(async () => {
    yard = await BuildYard.open();
    context = await yard.context({ Dockerfile: counting });
  });

  after(() => yard[Symbol.asyncDispose]());

  const build = (args: readonly string[], options?: SlipwayOptions): Promise<SlipwayResult> =>
    yard.build(context, ["--no-push", ...args], options);

  /** What a build has counted; it has to succeed. */
  const count = async (
    args: readonly string[],
    options?: SlipwayOptions,
  ): Promise<number | undefined> => counted(await build(args, options));

  for (const isolation of ["namespace", "ptrace"]) {
    it(`goes on in the next build with --cache-dir, where commands run in ${isolation}`, async () => {
      const args = [`--cache-dir=${yard.path(`kept-${isolation}`)}`, `--isolation=${isolation}`];

      expect(await count(args)).to.equal(1);
      expect(await count(args)).to.equal(2);
      expect(await yard.leftovers()).to.deep.equal([]);
    });
  }

  it("is locked among builds that run at the same time", async () => {
    const args = [`--cache-dir=${yard.path("kept-together")}`];

    const counts = await Promise.all([count(args), count(args), count(args)]);

    expect(counts).to.have.members([1, 2, 3]);
  });

  it("goes on without what --cache-dir cannot keep, with one warning", async () => {
    await writeFile(yard.path("no-directory"), "");

    const result = await build([`--cache-dir=${yard.path("no-directory")}`]);

    expect(counted(result)).to.equal(1);
    expect(result.stderr.match(/cache mounts last for this build only/g)).to.have.lengthOf(1);
  });

  it("goes on in the next build with --cache-mounts, also in another image", async () => {
    const args = [`--cache-mounts=${yard.reference("mounts")}`];
    const other = await yard.context({ Dockerfile: `${counting}LABEL other=image\n` });

    expect(await count(args)).to.equal(1);
    expect(await count(args)).to.equal(2);
    expect(counted(await yard.build(other, ["--no-push", ...args]))).to.equal(3);

    const tags = await tagsOf(yard.registry.host, "mounts");
    expect(tags).to.have.lengthOf(1);
    expect(tags[0]).to.match(/^mount-count-[0-9a-f]{32}$/);
    expect(await yard.leftovers()).to.deep.equal([]);
  });

  it("goes on with --cache-mounts in a directory of layouts", async () => {
    const args = [`--cache-mounts=oci:${yard.path("layouts")}`];

    expect(await count(args)).to.equal(1);
    expect(await count(args)).to.equal(2);
  });

  it("goes on with --cache-mounts where tags cannot be changed", async () => {
    await using proxy = await startImmutableTags(yard.registry.host);
    const args = [`--cache-mounts=${proxy.host}/immutable`, `--insecure-registry=${proxy.host}`];

    for (const expected of [1, 2, 3]) expect(await count(args)).to.equal(expected);

    expect(await tagsOf(yard.registry.host, "immutable")).to.have.lengthOf(3);
  });

  it("has caches of their own for commands that cannot give files owners", async () => {
    const args = [`--cache-mounts=${yard.reference("owners")}`];

    expect(await count([...args, "--isolation=ptrace"])).to.equal(1);
    expect(await count([...args, "--isolation=namespace"])).to.equal(1);
    expect(await count([...args, "--isolation=ptrace"])).to.equal(2);
  });

  it("stores what another build has left in --cache-dir", async () => {
    const directory = `--cache-dir=${yard.path("kept-first")}`;
    const mounts = `--cache-mounts=${yard.reference("kept-first")}`;

    expect(await count([directory])).to.equal(1);
    expect(await count([directory, mounts])).to.equal(2);
    expect(await count([directory, mounts])).to.equal(3);
    expect(await count([mounts])).to.equal(4);
  });

  it("asks for a cache only where a command needs it", async () => {
    const args = ["--cache", `--cache-repo=${yard.reference("steps")}`];
    const mounts = `--cache-mounts=${yard.reference("lazy")}`;
    await build([...args, mounts]);
    const before = yard.registry.log().length;

    const { stderr } = await build([...args, mounts]);

    expect(stderr).to.include("cached=true");
    expect(yard.registry.log().slice(before)).not.to.include("/v2/lazy/");
  });

  it("sends only what has changed, and stores nothing where nothing has", async () => {
    const lines = `
FROM busybox
ARG step
RUN --mount=type=cache,target=/c [ -e /c/large ] || head -c 300000 /dev/urandom > /c/large; \\
    [ "$step" = same ] || echo $step > /c/$step
`;
    const changing = await yard.context({ Dockerfile: lines });
    const store = (step: string): Promise<SlipwayResult> => {
      const mounts = `--cache-mounts=${yard.reference("changing")}`;
      return yard.build(changing, ["--no-push", mounts, `--build-arg=step=${step}`]);
    };

    await store("one");
    const first = await onlyManifest(yard, "changing");
    await store("two");
    const second = await onlyManifest(yard, "changing");
    const third = await store("same");

    expect(first.layers).to.have.lengthOf(1);
    expect(first.layers[0]?.size).to.be.greaterThan(300_000);
    expect(second.layers.map(({ digest }) => digest)[0]).to.equal(first.layers[0]?.digest);
    expect(second.layers).to.have.lengthOf(2);
    expect(second.layers[1]?.size).to.be.lessThan(2000);
    expect(third.stderr, third.stderr).not.to.match(/\bstored a cache mount/);
    expect(await onlyManifest(yard, "changing")).to.deep.equal(second);
  });

  it("begins anew where what is stored is broken, with one warning, and mends it", async () => {
    const layouts = yard.path("broken");
    const args = [`--cache-mounts=oci:${layouts}`];
    await count(args);
    const [name = ""] = await readdir(layouts);
    await cutLayers(path.join(layouts, name));

    const result = await build(args);

    expect(counted(result)).to.equal(1);
    expect(result.stderr.match(/ WARN|warn/gi)).to.have.lengthOf(1);
    expect(result.stderr).to.include("a stored cache mount is broken");
    expect(await count(args)).to.equal(2);
    await rm(layouts, { recursive: true });
  });

  it("does not store what is too large, what a command leaves that fails, nor anything with --no-push-cache", async () => {
    const mounts = `--cache-mounts=${yard.reference("unstored")}`;
    const failing = await yard.context({ Dockerfile: `${counting.trimEnd()}; exit 3\n` });

    const large = await build([mounts, "--cache-mounts-max-bytes=3"]);
    const failed = await yard.build(failing, ["--no-push", mounts]);
    const unwritten = await build([mounts, "--no-push-cache"]);

    expect(large.stderr).to.include("a cache mount is too large to be stored");
    expect(failed.exitCode).not.to.equal(0);
    expect([large, unwritten].map(counted)).to.deep.equal([1, 1]);
    expect(await tagsOf(yard.registry.host, "unstored")).to.deep.equal([]);
  });

  it("stores what a command has left when a later one fails", async () => {
    const mounts = `--cache-mounts=${yard.reference("later")}`;
    const failing = await yard.context({ Dockerfile: `${counting}RUN exit 3\n` });

    expect((await yard.build(failing, ["--no-push", mounts])).exitCode).not.to.equal(0);

    expect(await count([mounts])).to.equal(2);
  });

  it("builds where the registry of cache mounts cannot be reached, with one warning", async () => {
    const host = "127.0.0.1:1";

    const result = await build([`--cache-mounts=${host}/m`, `--insecure-registry=${host}`]);

    expect(counted(result)).to.equal(1);
    expect(result.stderr.match(/neither restored nor stored/g)).to.have.lengthOf(1);
  });
});

function counted(result: SlipwayResult): number | undefined {
  expect(result.exitCode, result.stderr).to.equal(0);
  const [, number] = /counted (\d+)/.exec(result.stderr) ?? [];
  return number === undefined ? undefined : Number(number);
}

async function onlyManifest(
  { registry }: BuildYard,
  repository: string,
): ReturnType<typeof manifestOf> {
  const [tag = ""] = await tagsOf(registry.host, repository);
  return manifestOf(registry.host, repository, tag);
}

/** Cuts off the end of all layers of a layout. */
async function cutLayers(layout: string): Promise<void> {
  const blobs = path.join(layout, "blobs", "sha256");
  for (const name of await readdir(blobs)) {
    const bytes = await readFile(path.join(blobs, name));
    if (bytes.subarray(0, 2).toString("hex") === "1f8b") {
      await writeFile(path.join(blobs, name), bytes.subarray(0, -20));
    }
  }
}
