import { expect } from "chai";
import { formatRepository, parseReference } from "../../src/image/reference.ts";
import { pullCandidates } from "../../src/registry/mirrors.ts";
import type { RegistryClient } from "../../src/registry/registry-client.ts";
import { defaultRegistryOptions } from "../../src/registry/registry-options.ts";
import { type DockerRegistry, startDockerRegistry } from "../support/docker-registry.ts";
import { errorOf } from "../support/error-of.ts";
import { startFaultProxy } from "../support/fault-proxy.ts";
import { openTestClient, pushTestImage, readBlob, sourceOf } from "../support/registry-client.ts";

describe("registry/mirrors", () => {
  const cases: readonly (readonly [string, Record<string, string[]>, string[]])[] = [
    ["busybox", {}, ["docker.io/library/busybox"]],
    ["busybox", { "quay.io": ["a.test"] }, ["docker.io/library/busybox"]],
    [
      "busybox",
      { "docker.io": ["a.test:5000", "b.test/hub/"] },
      ["a.test:5000/library/busybox", "b.test/hub/library/busybox", "docker.io/library/busybox"],
    ],
    ["owner/app", { "index.docker.io": ["a.test"] }, ["a.test/owner/app", "docker.io/owner/app"]],
    ["quay.io/x/y/z", { "quay.io/x": ["a.test/k"] }, ["a.test/k/y/z", "quay.io/x/y/z"]],
    ["quay.io/xx/y", { "quay.io/x": ["a.test"] }, ["quay.io/xx/y"]],
    ["quay.io/x", { "quay.io/x": ["a.test"] }, ["quay.io/x"]],
  ];
  for (const [name, maps, expected] of cases) {
    it(`looks for ${name} with ${JSON.stringify(maps)} in the right order`, () => {
      const options = { maps: new Map(Object.entries(maps)), skipsOriginal: false };

      const candidates = pullCandidates(parseReference(name), options);

      expect(candidates.map(formatRepository)).to.deep.equal(expected);
    });
  }

  it("leaves out the original where that is asked for, unless there is nothing else", () => {
    const options = { maps: new Map([["quay.io", ["a.test/k"]]]), skipsOriginal: true };
    const [mapped, other] = ["quay.io/x", "busybox"].map((name) =>
      pullCandidates(parseReference(name), options).map(formatRepository),
    );

    expect(mapped).to.deep.equal(["a.test/k/x"]);
    expect(other).to.deep.equal(["docker.io/library/busybox"]);
  });

  describe("with registries", () => {
    let first: DockerRegistry;
    let second: DockerRegistry;

    before(async () => {
      first = await startDockerRegistry();
      second = await startDockerRegistry();
      await using client = await openTestClient([first.host, second.host]);
      await pushTestImage(client, `${first.host}/copies/both:1`, { layers: ["both"] });
      await pushTestImage(client, `${second.host}/both:1`, { layers: ["both"] });
      await pushTestImage(client, `${second.host}/only:1`, { layers: ["only"] });
    });

    after(async () => {
      await first[Symbol.asyncDispose]();
      await second[Symbol.asyncDispose]();
    });

    it("falls back to the next place, also for blobs", async () => {
      await using client = await open(`${first.host}/copies`);

      await client.fetchManifest(at("only:1"));
      const blob = await readBlob(client, at("only:1"), sourceOf("only").descriptor);

      expect(blob).to.equal("only");
    });

    it("does not ask the original for what a mirror has", async () => {
      await using original = await startFaultProxy(undefined, () => ({ kind: "break" }));
      await using client = await open(`${first.host}/copies`, original.host);

      await client.fetchManifest(parseReference(`${original.host}/both:1`));

      expect(original.requests).to.deep.equal([]);
    });

    it("goes on from a mirror that is down, lies or refuses", async () => {
      for (const status of [401, 403, 404, 503]) {
        await using mirror = await startFaultProxy(undefined, () => ({ kind: "answer", status }));
        await using client = await open(mirror.host);

        await client.fetchManifest(at("both:1"));
      }
      await using liar = await startFaultProxy(undefined, () => ({
        kind: "answer",
        status: 200,
        body: "{}",
      }));
      await using client = await open(liar.host);
      await client.fetchManifest(at("both:1"));

      expect(liar.requests.length).to.be.greaterThan(0);
    });

    it("reports the answer of a place that has one, and what the others said", async () => {
      await using down = await startFaultProxy(undefined, () => ({ kind: "break" }));
      await using client = await open(first.host, down.host);

      const error = await errorOf(client.fetchManifest(parseReference(`${down.host}/absent:1`)));

      expect(error.code).to.equal("REGISTRY_NOT_FOUND");
      expect(error.message).to.include(`${first.host}/absent:1`);
      expect(error.message).to.include(`cannot reach ${down.host}`);
    });

    it("never pushes to a mirror", async () => {
      await using client = await open(first.host);
      const source = sourceOf("pushed");

      await client.pushBlob(at("both"), source);
      await using direct = await openTestClient([first.host]);
      const error = await errorOf(
        direct.openBlob(parseReference(`${first.host}/both`), source.descriptor),
      );

      expect(error.code).to.equal("REGISTRY_NOT_FOUND");
    });

    function at(name: string) {
      return parseReference(`${second.host}/${name}`);
    }

    function open(mirror: string, original: string = second.host): Promise<RegistryClient> {
      return openTestClient([], {
        registries: {
          ...defaultRegistryOptions,
          insecurePull: true,
          insecurePush: true,
          maps: new Map([[original, [mirror]]]),
        },
      });
    }
  });
});
