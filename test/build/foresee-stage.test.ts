import { utimes, writeFile } from "node:fs/promises";
import path from "node:path";
import { expect } from "chai";
import type { BuildRequest } from "../../src/build/ports.ts";
import { LayerCache } from "../../src/cache/layer-cache.ts";
import { PlainImages } from "../../src/cache/plain-images.ts";
import { digestOf } from "../../src/image/digest.ts";
import { silentLogger } from "../../src/log/logger.ts";
import { type MemoryStore, openMemoryStore } from "../support/cache-entries.ts";
import { git, startGitServer } from "../support/git/http-server.ts";
import { memoryLayer } from "../support/memory-layer.ts";
import { pulledImage } from "../support/pulled-image.ts";
import { StepYard } from "../support/step-yard.ts";
import { file } from "../support/tree.ts";
import { startWebServer } from "../support/web-server.ts";

describe("build/foresee-stage", () => {
  let yard: StepYard;
  let store: MemoryStore;

  beforeEach(async () => {
    yard = await StepYard.open();
    store = openMemoryStore(0);
    for (const name of ["a", "b", "dir/c"]) await yard.write(name, name);
    await imageIs("base");
  });

  afterEach(() => yard[Symbol.asyncDispose]());

  async function imageIs(text: string): Promise<void> {
    const layer = await memoryLayer([{ kind: "put", path: "f", node: file(text) }]);
    yard.ports = {
      cache: { layers: openCache(store), images: noImages, kinds: { run: true, copy: true } },
      pull: () => Promise.resolve(pulledImage([layer])),
    };
  }

  /** The keys of the last stage of a Dockerfile. */
  async function keysOf(text: string, request: Partial<BuildRequest> = {}): Promise<string[]> {
    await using session = yard.session(text, request);
    const { steps } = await session.forecast(session.plan.target);
    return [...steps.values()].map(({ key }) => key);
  }

  const same: readonly (readonly [string, string, string, Partial<BuildRequest>?])[] = [
    ["labels", "FROM base\nRUN x", "FROM base\nLABEL a=b\nRUN x"],
    ["comments", "FROM base\nRUN x", "FROM base\n# why\nRUN x"],
    [
      "the order of flags",
      "FROM base\nCOPY --chown=1 --chmod=644 a /",
      "FROM base\nCOPY --chmod=644 --chown=1 a /",
    ],
    [
      "the order of mounts",
      "FROM base\nRUN --mount=target=/m,source=a --mount=type=tmpfs,target=/c x",
      "FROM base\nRUN --mount=type=tmpfs,target=/c --mount=target=/m,source=a x",
    ],
    [
      "the order of flags of RUN",
      "FROM base\nRUN --network=none --mount=type=cache,target=/c,id=a x",
      "FROM base\nRUN --mount=id=a,target=/c,type=cache --network=none x",
    ],
    ["how a word is written", "FROM base\nENV n=a\nCOPY a /x", 'FROM base\nENV n=a\nCOPY "$n" /x'],
    [
      "the name of a stage",
      "FROM base AS one\nRUN x\nFROM base\nCOPY --from=0 /f /",
      "FROM base AS two\nRUN x\nFROM base\nCOPY --from=0 /f /",
    ],
    [
      "values of proxies",
      "FROM base\nRUN x",
      "FROM base\nRUN x",
      { buildArgs: new Map([["HTTP_PROXY", "http://proxy"]]) },
    ],
    [
      "proxies that are declared",
      "FROM base\nRUN x",
      "FROM base\nARG HTTPS_PROXY\nRUN x",
      { buildArgs: new Map([["HTTPS_PROXY", "http://proxy"]]) },
    ],
    [
      "arguments that are not declared",
      "FROM base\nRUN x",
      "FROM base\nRUN x",
      { buildArgs: new Map([["A", "1"]]) },
    ],
    [
      "how a cache is shared",
      "FROM base\nRUN --mount=type=cache,target=/c x",
      "FROM base\nRUN --mount=type=cache,target=/c,sharing=locked x",
    ],
  ];
  for (const [what, one, other, request] of same) {
    it(`gives the same key whatever ${what}`, async () => {
      expect((await keysOf(other, request)).at(-1)).to.equal((await keysOf(one)).at(-1));
    });
  }

  const different: readonly (readonly [string, string, string, Partial<BuildRequest>?])[] = [
    ["command", "FROM base\nRUN x", "FROM base\nRUN y"],
    ["form of the command", "FROM base\nRUN x", 'FROM base\nRUN ["x"]'],
    ["shell", "FROM base\nRUN x", 'FROM base\nSHELL ["/bin/ash"]\nRUN x'],
    ["variable", "FROM base\nENV a=1\nRUN x", "FROM base\nENV a=2\nRUN x"],
    [
      "argument",
      "FROM base\nARG A=1\nRUN x",
      "FROM base\nARG A=1\nRUN x",
      { buildArgs: new Map([["A", "2"]]) },
    ],
    ["user", "FROM base\nRUN x", "FROM base\nUSER 1\nRUN x"],
    ["working directory", "FROM base\nWORKDIR /a\nRUN x", "FROM base\nWORKDIR /b\nRUN x"],
    ["heredoc", "FROM base\nRUN <<E\nx\nE", "FROM base\nRUN <<E\ny\nE"],
    ["script", "FROM base\nRUN <<E\n#!/bin/x\nx\nE", "FROM base\nRUN <<E\n#!/bin/x\ny\nE"],
    ["step before", "FROM base\nRUN w\nRUN x", "FROM base\nRUN v\nRUN x"],
    ["base", "FROM scratch\nCOPY a /", "FROM base\nCOPY a /"],
    [
      "platform",
      "FROM scratch\nCOPY a /",
      "FROM scratch\nCOPY a /",
      { targetPlatform: { os: "linux", architecture: "arm64" } },
    ],
    ["latest time", "FROM base\nCOPY a /", "FROM base\nCOPY a /", { sourceDateEpoch: 1 }],
    [
      "compression",
      "FROM base\nCOPY a /",
      "FROM base\nCOPY a /",
      { compression: { algorithm: "zstd" } },
    ],
    [
      "mount of a context file",
      "FROM base\nRUN --mount=target=/m,source=a x",
      "FROM base\nRUN --mount=target=/m,source=b x",
    ],
    [
      "mount of a stage",
      "FROM base\nRUN w\nFROM base\nRUN --mount=target=/m,from=0 x",
      "FROM base\nRUN v\nFROM base\nRUN --mount=target=/m,from=0 x",
    ],
    [
      "id of a secret",
      "FROM base\nRUN --mount=type=secret,id=a x",
      "FROM base\nRUN --mount=type=secret,id=b x",
    ],
    [
      "id of a cache",
      "FROM base\nRUN --mount=type=cache,target=/c,id=a x",
      "FROM base\nRUN --mount=type=cache,target=/c,id=b x",
    ],
    [
      "size of a tmpfs",
      "FROM base\nRUN --mount=type=tmpfs,target=/t x",
      "FROM base\nRUN --mount=type=tmpfs,target=/t,size=1m x",
    ],
    ["network", "FROM base\nRUN x", "FROM base\nRUN --network=none x"],
    [
      "stage that is copied from",
      "FROM base\nRUN w\nFROM base\nCOPY --from=0 /f /",
      "FROM base\nRUN v\nFROM base\nCOPY --from=0 /f /",
    ],
    ["inline file", "FROM base\nCOPY <<E /x\na\nE", "FROM base\nCOPY <<E /x\nb\nE"],
    [
      "owner of an inline file",
      "FROM base\nCOPY <<E /x\na\nE",
      "FROM base\nCOPY --chown=1 <<E /x\na\nE",
    ],
    ["mode", "FROM base\nCOPY a /x", "FROM base\nCOPY --chmod=600 a /x"],
    ["place of its own", "FROM base\nCOPY a /x", "FROM base\nCOPY --link a /x"],
    ["directory that is kept", "FROM base\nCOPY dir/c /x/", "FROM base\nCOPY --parents dir/c /x/"],
    ["archive that is kept", "FROM base\nADD a /x", "FROM base\nADD --unpack=false a /x"],
    ["user who makes directories", "FROM base\nWORKDIR /a", "FROM base\nUSER 1\nWORKDIR /a"],
    ["directory of a copy", "FROM base\nCOPY a x", "FROM base\nWORKDIR /w\nCOPY a x"],
    [
      "argument in a word",
      "FROM base\nARG A=1\nCOPY a /$A",
      "FROM base\nARG A=1\nCOPY a /$A",
      { buildArgs: new Map([["A", "2"]]) },
    ],
    [
      "beginning of a cache",
      "FROM base\nRUN w\nFROM base\nRUN --mount=type=cache,target=/c,from=0 x",
      "FROM base\nRUN v\nFROM base\nRUN --mount=type=cache,target=/c,from=0 x",
    ],
    [
      "order of secrets",
      "FROM base\nRUN --mount=type=secret,id=a,env=A --mount=type=secret,id=b,env=A x",
      "FROM base\nRUN --mount=type=secret,id=b,env=A --mount=type=secret,id=a,env=A x",
    ],
    ["agent", "FROM base\nRUN --mount=type=ssh,id=a x", "FROM base\nRUN --mount=type=ssh,id=b x"],
    ["security", "FROM base\nRUN x", "FROM base\nRUN --security=insecure x"],
    ["exclusion", "FROM base\nCOPY . /x", "FROM base\nCOPY --exclude=b . /x"],
    ["owner", "FROM base\nCOPY a /x", "FROM base\nCOPY --chown=1 a /x"],
    ["destination", "FROM base\nCOPY a /x", "FROM base\nCOPY a /x/"],
  ];
  for (const [what, one, other, request] of different) {
    it(`gives another key for another ${what}`, async () => {
      const keys = [(await keysOf(one)).at(-1), (await keysOf(other, request)).at(-1)];

      expect(keys).not.to.include(undefined);
      expect(keys[0]).not.to.equal(keys[1]);
    });
  }

  it("knows files of the context by their content, and only those that are used", async () => {
    const text = "FROM base\nCOPY a dir /x/";
    const before = await keysOf(text);
    await yard.write("b", "changed");
    await utimes(path.join(yard.directory, "context", "a"), 1, 1);
    expect(await keysOf(text)).to.deep.equal(before);

    await yard.write("dir/c", "C");
    expect(await keysOf(text)).not.to.deep.equal(before);
  });

  it("knows an image by its layers", async () => {
    const text = "FROM scratch\nCOPY --from=base /f /";
    const before = await keysOf(text);
    expect(await keysOf(text)).to.deep.equal(before);

    await imageIs("other");
    expect(await keysOf(text)).not.to.deep.equal(before);
  });

  it("knows a file from the web by its content, or its checksum, and not by its time", async () => {
    let body = "one";
    await using server = await startWebServer((_request, response, count) => {
      response.setHeader("last-modified", new Date(count * 1000).toUTCString());
      response.end(body);
    });
    const text = `FROM base\nADD http://${server.host}/f /`;
    const before = await keysOf(text);
    expect(await keysOf(text)).to.deep.equal(before);

    body = "two";
    expect(await keysOf(text)).not.to.deep.equal(before);

    const checked = `FROM base\nADD --checksum=${digestOf(Buffer.from("one"))} http://${server.host}/f /`;
    expect(await keysOf(checked)).to.deep.equal(before);
  });

  it("knows a repository by its commit", async () => {
    const bare = path.join(yard.directory, "r.git");
    const work = path.join(yard.directory, "work-tree");
    const push = async (name: string): Promise<void> => {
      await writeFile(path.join(work, name), name);
      await git(work, ["add", "."]);
      await git(work, ["commit", "--quiet", "--message=more"]);
      await git(work, ["push", "--quiet", bare, "HEAD:main", "HEAD:other"]);
    };
    await git(yard.directory, ["init", "--quiet", "--bare", bare]);
    await git(yard.directory, ["init", "--quiet", work]);
    await push("one");
    await using server = await startGitServer(yard.directory);
    const text = `FROM base\nADD http://${server.host}/r.git#main /`;
    const before = await keysOf(text);
    expect(before).to.have.lengthOf(1);
    expect(await keysOf(text)).to.deep.equal(before);

    await push("two");
    expect(await keysOf(text)).not.to.deep.equal(before);
  });

  it("knows neither values of secrets, nor what is in the directory of a cache", async () => {
    const text = "FROM base\nRUN --mount=type=secret,id=s --mount=type=cache,target=/c x";
    const before = await keysOf(text);

    yard.ports = { ...yard.ports, secrets: new Map([["s", Buffer.from("hunter2")]]) };
    expect(await keysOf(text)).to.deep.equal(before);
  });

  it("does not let a linked copy depend on the files below it", async () => {
    const [one, other] = [
      await keysOf("FROM base\nRUN w\nCOPY --link a /"),
      await keysOf("FROM scratch\nCOPY --link a /"),
    ];

    expect(one?.at(-1)).to.equal(other?.at(-1));
  });

  it("foresees triggers of the base, and the layer of a context", async () => {
    const image = pulledImage([]);
    const config = { ...image.config, config: { OnBuild: ["COPY a /", "RUN x"] } };
    yard.ports = { ...yard.ports, pull: () => Promise.resolve({ ...image, config }) };

    expect(await keysOf("FROM base\nRUN y")).to.have.lengthOf(3);
  });

  it("has all keys looked for at once, without building anything", async () => {
    await keysOf("FROM base\nRUN a\nRUN b\nFROM base\nCOPY --from=0 /x /\nRUN c");

    expect(store.events).to.deep.equal(["find", "find", "find", "find"]);
  });

  it("foresees nothing from the first step on that cannot be", async () => {
    expect(await keysOf("FROM base\nRUN a\nCOPY missing /\nRUN b")).to.have.lengthOf(1);
  });

  it("does not look for what follows a stage that is made anew", async () => {
    await keysOf("FROM base AS made\nRUN a\nFROM base\nRUN b\nCOPY --from=made /x /\nRUN c", {
      noCache: ["made"],
    });

    expect(store.events).to.deep.equal(["find"]);
  });
});

const noImages = new PlainImages({
  images: [],
  pull: () => Promise.reject(new Error("nothing is pulled here")),
  faults: { keys: new Set(), stores: new Set(), brokenReads: 0 },
  log: silentLogger,
  signal: new AbortController().signal,
});

function openCache(store: MemoryStore): LayerCache {
  return new LayerCache({
    stores: [store],
    ttlMs: 1,
    now: () => 0,
    isWritten: false,
    keepsOwners: true,
    faults: { keys: new Set(), stores: new Set(), brokenReads: 0 },
    log: silentLogger,
    signal: new AbortController().signal,
  });
}
