import { truncate, writeFile } from "node:fs/promises";
import path from "node:path";
import { expect } from "chai";
import { BuildYard } from "../support/build-yard.ts";
import { configOf, digestOf, manifestOf } from "../support/registry-queries.ts";
import type { SlipwayResult } from "../support/slipway-cli.ts";

const files = {
  Dockerfile: `
FROM busybox
ARG PORT=rotterdam
WORKDIR /srv/app
RUN cat /proc/sys/kernel/random/uuid > /seal
COPY cargo /srv/hold/
RUN echo $PORT > /srv/port && cat /proc/sys/kernel/random/uuid > /srv/seal
ENV READY=1
COPY --chown=0:7 late /late/
`,
  "cargo/a": "anchors\n",
  "cargo/b": "barrels\n",
  late: "late\n",
};

interface Config {
  readonly rootfs: { readonly diff_ids: readonly string[] };
}

describe("e2e/cache-from", function () {
  this.timeout(120_000);
  let yard: BuildYard;
  let context: string;

  before(async () => {
    yard = await BuildYard.open();
    await build(await yard.context(files), "app:one");
  });

  after(() => yard[Symbol.asyncDispose]());

  beforeEach(async () => {
    context = await yard.context(files);
  });

  async function build(
    from: string,
    name: string,
    args: readonly string[] = [],
  ): Promise<SlipwayResult> {
    const result = await yard.build(from, [`--destination=${yard.reference(name)}`, ...args]);
    expect(result, result.stderr).to.include({ exitCode: 0 });
    return result;
  }

  const cacheFrom = (...names: readonly string[]): string =>
    `--cache-from=${names.map((name) => yard.reference(name)).join(",")}`;

  async function diffIdsOf(name: string): Promise<readonly string[]> {
    const [repository = "", tag = ""] = name.split(":");
    const { rootfs } = await configOf<Config>(yard.registry.host, repository, tag);
    return rootfs.diff_ids;
  }

  /** How many layers two images have in common, from the first on, of those that are not the base's. */
  async function commonLayers(one: string, other: string): Promise<number> {
    const [ids, others] = [await diffIdsOf(one), await diffIdsOf(other)];
    const first = ids.findIndex((id, index) => id !== others[index]);
    return (first < 0 ? ids.length : first) - 1;
  }

  it("takes all layers from an image that was built from the same", async () => {
    const built = await build(context, "same:two", [cacheFrom("nowhere:1", "app:one")]);

    expect(built.stderr.match(/an image has the layer of this/g)).to.have.lengthOf(5);
    expect(built.stderr).not.to.include("commands run isolated");
    expect(await digestOf(yard.registry.host, "same", "two")).to.equal(
      await digestOf(yard.registry.host, "app", "one"),
    );
    expect(await yard.leftovers()).to.deep.equal([]);
  });

  it("takes nothing from a changed file on", async () => {
    await writeFile(path.join(context, "cargo", "b"), "bananas\n");

    await build(context, "changed:two", [cacheFrom("app:one")]);

    expect(await commonLayers("app:one", "changed:two")).to.equal(2);
  });

  it("takes nothing from a changed argument on", async () => {
    await build(context, "argument:two", [cacheFrom("app:one"), "--build-arg=PORT=genoa"]);

    expect(await commonLayers("app:one", "argument:two")).to.equal(0);
  });

  it("builds on what it has taken", async () => {
    const more = `${files.Dockerfile}RUN cat /srv/port /late/late /srv/hold/a > /all && test -s /seal\n`;
    await writeFile(path.join(context, "Dockerfile"), more);

    await build(context, "more:two", [cacheFrom("app:one")]);

    expect(await commonLayers("app:one", "more:two")).to.equal(5);
  });

  it("does not take what the history cannot know", async () => {
    const mounted = files.Dockerfile.replace("RUN cat", "RUN --mount=source=late,target=/x cat");
    await writeFile(path.join(context, "Dockerfile"), mounted);

    await build(context, "mounted:two", [cacheFrom("app:one")]);

    expect(await commonLayers("app:one", "mounted:two")).to.equal(1);
  });

  it("takes nothing for stages that are to be made anew", async () => {
    await build(context, "fresh:two", [cacheFrom("app:one"), "--no-cache"]);

    expect(await commonLayers("app:one", "fresh:two")).to.be.at.most(1);
  });

  it("goes beside the cache of steps, which then has what was taken", async () => {
    await build(context, "beside:two", [cacheFrom("app:one"), "--cache"]);

    expect(await commonLayers("app:one", "beside:two")).to.equal(5);

    const third = await build(context, "beside:three", ["--cache"]);
    expect(third.stderr.match(/cached=true/g)).to.have.lengthOf(5);
    expect(third.stderr).not.to.include("commands run isolated");
    expect(await digestOf(yard.registry.host, "beside", "three")).to.equal(
      await digestOf(yard.registry.host, "app", "one"),
    );
  });

  it("starts again without an image whose layer is broken", async () => {
    await build(context, "broken:one", ["--no-cache"]);
    const { layers } = await manifestOf(yard.registry.host, "broken", "one");
    const hex = layers[2]?.digest.split(":")[1] ?? "";
    const blobs = path.join(yard.registry.directory, "docker/registry/v2/blobs/sha256");
    await truncate(path.join(blobs, hex.slice(0, 2), hex, "data"), 10);

    await build(context, "broken:two", [cacheFrom("broken:one")]);

    expect(await diffIdsOf("broken:two")).to.have.lengthOf(6);
    expect(await commonLayers("broken:one", "broken:two")).to.equal(0);
  });

  it("builds without an image that cannot be had, with one warning", async () => {
    const built = await build(context, "unreachable:two", [
      "--cache-from=127.0.0.1:1/app",
      "--insecure-registry=127.0.0.1:1",
    ]);

    expect(built.stderr.match(/an image cannot be used as a cache/g)).to.have.lengthOf(1);
  });
});
