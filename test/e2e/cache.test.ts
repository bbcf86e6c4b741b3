import { readdir, readFile, rm, writeFile } from "node:fs/promises";
import path from "node:path";
import { expect } from "chai";
import { BuildYard } from "../support/build-yard.ts";
import { configOf, digestOf, manifestOf, tagsOf } from "../support/registry-queries.ts";
import type { SlipwayResult } from "../support/slipway-cli.ts";

const files = {
  Dockerfile: `
FROM busybox AS hold
COPY crates /hold/
RUN cat /proc/sys/kernel/random/uuid > /hold/seal
FROM busybox
LABEL port=rotterdam
WORKDIR /srv/app
COPY --from=hold /hold /srv/hold
COPY manifest.txt .
RUN cp manifest.txt copy && echo app:x:1000:1000::: >> /etc/passwd
ENV READY=1
COPY --chown=app late.txt /late/
`,
  "crates/a": "anchors\n",
  "manifest.txt": "two crates\n",
  "late.txt": "late\n",
};

interface Config {
  readonly history: readonly { readonly created: string; readonly created_by: string }[];
}

describe("e2e/cache", function () {
  this.timeout(120_000);
  let yard: BuildYard;

  before(async () => {
    yard = await BuildYard.open();
  });

  after(() => yard[Symbol.asyncDispose]());

  /** Builds, and gives what was run and the requests that the registry got. */
  async function build(
    context: string,
    name: string,
    args: readonly string[] = [],
  ): Promise<Built> {
    const before = yard.registry.log().length;
    const destination = yard.reference(name);
    const result = await yard.build(context, [`--destination=${destination}`, "--cache", ...args]);
    expect(result, result.stderr).to.include({ exitCode: 0 });
    return { ...result, requests: requestsIn(yard.registry.log().slice(before)) };
  }

  it("makes the same image again from the cache, without reading or sending a layer", async () => {
    const context = await yard.context(files);
    const first = await build(context, "again:one");

    const second = await build(context, "again:two");

    expect(steps(first)).to.deep.include({ made: 7, cached: 0 });
    expect(steps(second)).to.deep.include({ made: 0, cached: 5 });
    expect(await digestOf(yard.registry.host, "again", "two")).to.equal(
      await digestOf(yard.registry.host, "again", "one"),
    );
    const { layers } = await manifestOf(yard.registry.host, "again", "one");
    for (const { digest } of layers) {
      expect(
        second.requests.filter((line) => line.includes(digest) && !line.startsWith("HEAD")),
      ).to.deep.equal([]);
    }
    expect(await yard.leftovers()).to.deep.equal([]);
  });

  it("makes only what follows from a changed file anew", async () => {
    const context = await yard.context(files);
    await build(context, "changed:one");
    await writeFile(path.join(context, "manifest.txt"), "three crates\n");

    const second = await build(context, "changed:two");

    expect(steps(second)).to.deep.include({ made: 3, cached: 2 });
    const [one, two] = await layersOf(yard, ["changed:one", "changed:two"]);
    expect(two?.slice(0, 3)).to.deep.equal(one?.slice(0, 3));
    expect(two?.[4]).not.to.equal(one?.[4]);
  });

  it("goes on with the cache where a stage made anew has made the same", async () => {
    const same = { ...files, Dockerfile: files.Dockerfile.replace(/cat \S+/, "echo same") };
    const context = await yard.context(same);
    await build(context, "same:one");

    const second = await build(context, "same:two", ["--no-cache=hold"]);

    expect(steps(second)).to.deep.include({ made: 6, cached: 1 });
    const [one, two] = await layersOf(yard, ["same:one", "same:two"]);
    expect(two).to.deep.equal(one);
    expect(second.stderr.match(/the cache has what the files make of this/g)).to.have.lengthOf(4);
  });

  it("makes a stage anew that --no-cache names, and what follows from it", async () => {
    const context = await yard.context(files);
    await build(context, "fresh:one");

    await build(context, "fresh:two", ["--no-cache=hold"]);
    await build(context, "fresh:three", ["--no-cache"]);

    const [one, two, three] = await layersOf(yard, ["fresh:one", "fresh:two", "fresh:three"]);
    expect(two?.[2]).not.to.equal(one?.[2]);
    expect(three?.[2]).not.to.equal(two?.[2]);
    const later = await build(context, "fresh:four");
    expect(steps(later)).to.deep.include({ made: 0, cached: 5 });
    expect((await layersOf(yard, ["fresh:four"]))[0]?.[2]).to.equal(three?.[2]);
  });

  it("keeps the cache in a directory, and mends what is broken there", async () => {
    const context = await yard.context(files);
    const directory = yard.path("layer-cache");
    const args = [`--cache-repo=oci:${directory}`];
    await build(context, "directory:one", args);
    const second = await build(context, "directory:two", args);
    expect(steps(second)).to.deep.include({ made: 0, cached: 5 });
    for (const key of await readdir(directory)) await spoil(path.join(directory, key));

    await writeFile(path.join(context, "late.txt"), "later\n");
    const third = await build(context, "directory:three", args);
    const fourth = await build(context, "directory:four", args);

    expect(third.stderr).to.match(/the cache is broken|cannot be used/);
    expect(steps(fourth)).to.deep.include({ made: 0, cached: 5 });
    const { history } = await configOf<Config>(yard.registry.host, "directory", "four");
    expect(history.at(-1)?.created_by).to.include("late.txt");
    await rm(directory, { recursive: true });
  });

  it("needs no registry for what --cache-dir has from earlier builds", async () => {
    const context = await yard.context(files);
    const args = [`--cache-dir=${yard.path("volume")}`];
    await build(context, "volume:one", args);

    const second = await build(context, "volume:two", args);
    await writeFile(path.join(context, "manifest.txt"), "three crates\n");
    const third = await build(context, "volume:three", args);

    expect(steps(second)).to.deep.include({ made: 0, cached: 5 });
    expect(steps(third)).to.deep.include({ made: 3, cached: 2 });
    expect(matching(second, /^GET .*volume.cache/)).to.deep.equal([]);
    expect(matching(third, /^GET .*volume.cache.blobs/)).to.deep.equal([]);
  });

  for (const [what, more] of [
    ["the cache has", []],
    ["--cache-dir has, if the cache has it too,", ["--cache-dir=mounting"]],
  ] as const) {
    it(`mounts what ${what} into another repository, and sends nothing but documents`, async () => {
      const context = await yard.context(files);
      const name = `mounting-${more.length}`;
      const args = [
        ...more.map((flag) => flag.replace("mounting", yard.path("mounting"))),
        `--cache-repo=${yard.reference(`${name}/steps`)}`,
      ];
      await build(context, `${name}:one`, args);

      const second = await build(context, `${name}/elsewhere:two`, args);

      expect(matching(second, /^POST .*elsewhere.*mount=/)).to.have.lengthOf(6);
      expect(matching(second, /^PUT .*blobs.uploads/)).to.have.lengthOf(1);
    });
  }

  it("reads of a cached stage only the layer that has the files", async () => {
    const stage = "FROM busybox AS made\nRUN echo one > /one\nRUN echo two > /two\n";
    const copying = (target: string): string =>
      `${stage}FROM scratch\nCOPY --from=made /two ${target}\n`;
    const repository = `--cache-repo=${yard.reference("lazy/steps")}`;
    const context = await yard.context({ Dockerfile: copying("/x") });
    await build(context, "lazy/stage:one", [repository, "--target=made"]);
    await build(context, "lazy:one", [repository]);
    const [layers = []] = await layersOf(yard, ["lazy/stage:one"]);

    await writeFile(path.join(context, "Dockerfile"), copying("/y"));
    const second = await build(context, "lazy:two", [repository]);

    expect(steps(second)).to.deep.include({ made: 1, cached: 2 });
    const read = layers.map((digest) =>
      second.requests.some((line) => line.startsWith("GET") && line.includes(digest)),
    );
    expect(read).to.deep.equal([false, false, true]);
  });

  it("builds without a cache that cannot be reached, with one warning", async () => {
    const context = await yard.context(files);

    const built = await build(context, "unreachable", [
      "--cache-repo=127.0.0.1:1/cache",
      "--insecure-registry=127.0.0.1:1",
    ]);

    expect(steps(built)).to.deep.include({ made: 7, cached: 0 });
    expect(built.stderr.match(/the cache cannot be used/g)).to.have.lengthOf(1);
  });

  it("neither stores with --no-push-cache, nor what the flags leave out", async () => {
    const context = await yard.context(files);
    await build(context, "unwritten:one", ["--no-push-cache"]);
    expect(await tagsOf(yard.registry.host, "unwritten/cache")).to.deep.equal([]);

    await build(context, "unwritten:two", ["--cache-copy-layers=false"]);
    const built = await build(context, "unwritten:three", ["--cache-copy-layers=false"]);

    expect(steps(built)).to.deep.include({ made: 4, cached: 3 });
  });

  it("needs a place for the cache", async () => {
    const context = await yard.context(files);

    const result = await yard.build(context, ["--no-push", "--cache"]);

    expect(result.exitCode).to.equal(2);
    expect(result.stderr).to.include("--cache-repo");
  });
});

interface Built extends SlipwayResult {
  readonly requests: readonly string[];
}

/** How many instructions that make layers were carried out, and how many were not. */
function steps({ stderr }: SlipwayResult): { made: number; cached: number } {
  const lines = stderr.split("\n").filter((line) => /: (COPY|RUN|WORKDIR) /.test(line));
  const cached = lines.filter((line) => line.includes("cached=true")).length;
  return { made: lines.length - cached, cached };
}

function matching({ requests }: Built, pattern: RegExp): readonly string[] {
  return requests.filter((line) => pattern.test(line));
}

function requestsIn(log: string): string[] {
  return log.split("\n").flatMap((line) => {
    const method = /http\.request\.method=(\S+)/.exec(line)?.[1];
    const uri = /http\.request\.uri=(\S+)/.exec(line)?.[1];
    return method === undefined ? [] : [`${method} ${uri}`];
  });
}

async function layersOf(yard: BuildYard, names: readonly string[]): Promise<string[][]> {
  return Promise.all(
    names.map(async (name) => {
      const [repository = "", tag = ""] = name.split(":");
      const { layers } = await manifestOf(yard.registry.host, repository, tag);
      return layers.map(({ digest }) => digest);
    }),
  );
}

/** Cuts off all large blobs of a layout. */
async function spoil(layout: string): Promise<void> {
  const blobs = path.join(layout, "blobs", "sha256");
  for (const name of await readdir(blobs)) {
    const bytes = await readFile(path.join(blobs, name));
    if (bytes.subarray(0, 2).toString("hex") === "1f8b") {
      await writeFile(path.join(blobs, name), bytes.subarray(0, -20));
    }
  }
}
