import { mkdir, readdir, truncate, writeFile } from "node:fs/promises";
import path from "node:path";
import { expect } from "chai";
import type { CacheKey } from "../../src/cache/cache-key.ts";
import { ImageStore } from "../../src/cache/image-store.ts";
import { LayoutImages } from "../../src/cache/layout-images.ts";
import { silentLogger } from "../../src/log/logger.ts";
import { BuildYard } from "../support/build-yard.ts";
import { openEntryYard } from "../support/cache-entries.ts";
import { outputOf } from "../support/command.ts";
import { type ProxyAction, type ProxyScript, startFaultProxy } from "../support/fault-proxy.ts";
import { digestOf, manifestOf } from "../support/registry-queries.ts";
import type { SlipwayResult } from "../support/slipway-cli.ts";

/** Reproducible, so that every build that succeeds makes the same image. */
const files = {
  Dockerfile: "FROM busybox\nCOPY cargo /hold/\nRUN cat /hold/cargo > /seal\nCOPY late /late\n",
  cargo: "anchors\n".repeat(1000),
  late: "late\n",
};

const mayNotPush: ProxyScript = ({ method }) =>
  method === "POST" || method === "PUT"
    ? { kind: "answer", status: 403, body: '{"errors":[{"code":"DENIED"}]}' }
    : undefined;

describe("e2e/failing-cache", function () {
  // A registry that does not answer is asked again.
  this.timeout(180_000);
  let yard: BuildYard;
  let context: string;

  before(async () => {
    yard = await BuildYard.open();
  });

  after(() => yard[Symbol.asyncDispose]());

  beforeEach(async () => {
    context = await yard.context(files);
  });

  afterEach(async () => {
    expect(await yard.leftovers()).to.deep.equal([]);
  });

  async function build(name: string, args: readonly string[]): Promise<SlipwayResult> {
    const destination = `--destination=${yard.reference(name)}`;
    const always = ["--cache", "--reproducible", destination];
    const result = await yard.build(context, [...always, ...args]);
    expect(result, result.stderr).to.include({ exitCode: 0 });
    return result;
  }

  /** Builds with a cache in a registry that does as `script` says. */
  async function buildBehind(
    script: ProxyScript,
    name: string,
    args: readonly string[] = [],
  ): Promise<SlipwayResult> {
    await using proxy = await startFaultProxy(yard.registry.host, script);
    const repository = `--cache-repo=${proxy.host}/${name.replace(":", "/")}/cache`;
    return await build(name, [repository, `--insecure-registry=${proxy.host}`, ...args]);
  }

  /** What the image is when no cache is asked at all. */
  async function expectSameImage(name: string): Promise<void> {
    await build("plain:1", ["--cache=false"]);
    const [repository = "", tag = ""] = name.split(":");
    expect(await digestOf(yard.registry.host, repository, tag)).to.equal(
      await digestOf(yard.registry.host, "plain", "1"),
    );
  }

  let stored = 0;
  const faults: readonly (readonly [string, ProxyScript])[] = [
    ["may not be pushed to", mayNotPush],
    ["always answers with an error", () => ({ kind: "answer", status: 500 })],
    ["breaks every connection", () => ({ kind: "break" })],
    [
      "goes away when it has an entry",
      ({ method, url }) => {
        if (stored > 0) return { kind: "break" };
        if (method === "PUT" && url.includes("/manifests/")) stored += 1;
        return undefined;
      },
    ],
    [
      "has no room for layers",
      ({ method, url }) =>
        method !== "GET" && url.includes("/uploads/")
          ? { kind: "answer", status: 507, body: "no space left on device" }
          : undefined,
    ],
  ];
  for (const [index, [what, script]] of faults.entries()) {
    it(`builds with a cache in a registry that ${what}, with one warning`, async () => {
      const result = await buildBehind(script, `registry-${index}:1`);

      expect(result.stderr.match(/the cache cannot be used/g)).to.have.lengthOf(1);
      await expectSameImage(`registry-${index}:1`);
    });
  }

  const broken: readonly (readonly [string, ProxyAction])[] = [
    ["has lost layers", { kind: "answer", status: 404 }],
    ["breaks off when it is asked for layers", { kind: "break" }],
  ];
  for (const [index, [what, action]] of broken.entries()) {
    it(`builds anew what a registry cannot give that ${what}`, async () => {
      const name = `broken-${index}:1`;
      await buildBehind(() => undefined, name);
      const { layers } = await manifestOf(yard.registry.host, `broken-${index}`, "1");
      await change();

      const isLayer = (url: string): boolean => layers.some(({ digest }) => url.includes(digest));
      const result = await buildBehind(
        ({ method, url }) => (method === "GET" && isLayer(url) ? action : undefined),
        name,
      );

      expect(result.stderr.match(/the cache is broken/g)).to.have.lengthOf.within(1, 2);
      await expectSameImage(name);
    });
  }

  it("builds anew what a foreign entry has a list for that makes no sense", async () => {
    const directory = yard.path("foreign");
    await build("foreign:1", [`--cache-repo=oci:${directory}`]);
    await using entries = await openEntryYard();
    const lifetime = { ttlMs: 1, now: () => Date.now(), log: silentLogger };
    const store = new ImageStore(new LayoutImages(directory), lifetime);
    const keys = (await readdir(directory)) as CacheKey[];
    await store.put(keys, await entries.make("no list"), new AbortController().signal);
    await change();

    const result = await build("foreign:2", [`--cache-repo=oci:${directory}`]);

    expect(result.stderr).to.include("the cache is broken");
    await expectSameImage("foreign:2");
  });

  it("shares --cache-dir among builds at the same time, and with what a killed one has left", async () => {
    const directory = yard.path("shared");
    const half = path.join(directory, "steps", ".0f0e0d0c-0000-4000-8000-000000000000.partial");
    await mkdir(half, { recursive: true });
    await writeFile(path.join(half, "index.json"), "{");

    const names = ["shared-1:1", "shared-2:1", "shared-3:1"];
    const built = await Promise.all(names.map((name) => build(name, [`--cache-dir=${directory}`])));
    const after = await build("shared-4:1", [`--cache-dir=${directory}`]);

    for (const { stderr } of [...built, after]) expect(stderr).not.to.match(/WARN/i);
    expect(after.stderr.match(/cached=true/g)).to.have.lengthOf(3);
    for (const name of [...names, "shared-4:1"]) await expectSameImage(name);
  });

  it("fetches and makes again what is damaged in --cache-dir", async () => {
    const directory = yard.path("damaged");
    await build("damaged:1", [`--cache-dir=${directory}`]);
    const all = await readdir(directory, { recursive: true, withFileTypes: true });
    for (const file of all.filter((each) => each.isFile())) {
      await truncate(path.join(file.parentPath, file.name), 5);
    }
    await change();

    const second = await build("damaged:2", [`--cache-dir=${directory}`]);
    const third = await build("damaged:3", [`--cache-dir=${directory}`]);

    expect(second.stderr).to.match(/WARN/i);
    expect(third.stderr, third.stderr).not.to.match(/WARN/i);
    expect(third.stderr.match(/cached=true/g)).to.have.lengthOf(4);
    await expectSameImage("damaged:2");
  });

  describe("with --cache-dir on a volume (needs root)", () => {
    const volumes: readonly (readonly [string, string])[] = [
      ["that is full", "size=8k"],
      ["that cannot be written to", "ro"],
    ];
    for (const [index, [what, options]] of volumes.entries()) {
      it(`builds without one ${what}`, async () => {
        const volume = yard.path(`volume-${index}`);
        await mkdir(volume);
        outputOf(["mount", "-t", "tmpfs", "-o", options, "none", volume]);
        try {
          const result = await build(`volume-${index}:1`, [`--cache-dir=${volume}`]);

          expect(result.stderr.match(/the cache cannot be used/g)).to.have.lengthOf(1);
        } finally {
          outputOf(["umount", volume]);
        }
        await expectSameImage(`volume-${index}:1`);
      });
    }
  });

  /** Makes the last step of the cache another one, and one more that needs all files. */
  async function change(): Promise<void> {
    await writeFile(path.join(context, "late"), "later\n");
    const more = `${files.Dockerfile}RUN cat /hold/cargo /late > /both\n`;
    await writeFile(path.join(context, "Dockerfile"), more);
  }
});
