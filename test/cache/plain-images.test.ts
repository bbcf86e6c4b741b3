import { Readable } from "node:stream";
import { buffer } from "node:stream/consumers";
import { expect } from "chai";
import type { CacheFaults } from "../../src/cache/cache-faults.ts";
import { PlainImages } from "../../src/cache/plain-images.ts";
import { malformed } from "../../src/errors/image-error.ts";
import { RegistryError } from "../../src/errors/registry-error.ts";
import { digestOf } from "../../src/image/digest.ts";
import { formatReference, parseReference } from "../../src/image/reference.ts";
import type { Logger } from "../../src/log/logger.ts";
import { silentLogger } from "../../src/log/logger.ts";
import type { PullRequest } from "../../src/registry/pull.ts";
import type { PulledImage } from "../../src/registry/read-image.ts";
import { errorOf } from "../support/error-of.ts";

const platform = { os: "linux", architecture: "amd64" };
const start = { platform, config: {}, history: [], diffIds: [] };

describe("cache/plain-images", () => {
  let faults: CacheFaults;
  let said: string[];
  let pulled: string[];
  const images = new Map<string, PulledImage>();

  beforeEach(() => {
    faults = { keys: new Set(), stores: new Set(), brokenReads: 0 };
    said = [];
    pulled = [];
    images.clear();
    images.set("r.example/one:1", imageOf("RUN one"));
    images.set("r.example/two:1", imageOf("RUN two"));
  });

  const pull = ({ reference }: PullRequest): Promise<PulledImage> => {
    const name = formatReference(reference);
    pulled.push(name);
    if (reference.path === "down") throw new RegistryError("REGISTRY_UNAVAILABLE", "it is down");
    const image = images.get(name);
    if (image === undefined) throw new RegistryError("REGISTRY_NOT_FOUND", "no such image");
    return Promise.resolve(image);
  };

  function open(...names: readonly string[]): PlainImages {
    const log: Logger = {
      ...silentLogger,
      warn: (message) => void said.push(`warn ${message}`),
      debug: (message) => void said.push(`debug ${message}`),
    };
    const { signal } = new AbortController();
    return new PlainImages({ images: names.map(parseReference), pull, faults, log, signal });
  }

  it("finds a layer in the first image that has it, and asks for each once", async () => {
    const plain = open("r.example/one:1", "r.example/two:1");

    const found = await plain.find(start, "RUN two");
    await plain.find(start, "RUN one");

    expect(found).to.deep.include({
      image: "r.example/two:1",
      diffId: digestOf("RUN two"),
      created: "2026-01-01T00:00:00Z",
      origin: { registry: "r.example", path: "app" },
    });
    expect(await plain.find(start, "RUN three")).to.equal(undefined);
    expect(pulled).to.deep.equal(["r.example/one:1", "r.example/two:1"]);
    expect(said).to.deep.equal([]);
  });

  it("takes it for nothing that an image is not there, and warns once of one that cannot be had", async () => {
    const plain = open("r.example/none:1", "r.example/down:1", "r.example/one:1");

    expect(await plain.find(start, "RUN one")).not.to.equal(undefined);
    await open("r.example/down:1").find(start, "RUN one");

    expect(said).to.have.members([
      "debug there is no such image to take layers from",
      "warn an image cannot be used as a cache",
    ]);
  });

  it("leaves an image alone whose layer a build has failed for", async () => {
    const plain = open("r.example/one:1");
    const found = await plain.find(start, "RUN one");

    await errorOf(readAll(found?.open()));
    expect(faults.brokenReads).to.equal(0);
    await errorOf(readAll(found?.openForGood()));

    expect(faults.brokenReads).to.equal(1);
    expect(await plain.find(start, "RUN one")).to.equal(undefined);
    expect(await open("r.example/one:1").find(start, "RUN one")).to.equal(undefined);
  });

  it("says whether there is anything to ask", () => {
    expect(open().areNamed).to.equal(false);
    expect(open("r.example/one:1").areNamed).to.equal(true);
  });
});

/** An image of one step, whose layer cannot be read. */
function imageOf(createdBy: string): PulledImage {
  const diffId = digestOf(createdBy);
  const descriptor = { mediaType: "layer", digest: diffId, size: 1 };
  return {
    origin: { registry: "r.example", path: "app" },
    descriptor,
    manifest: { schemaVersion: 2, mediaType: "manifest", config: descriptor, layers: [descriptor] },
    configBytes: Buffer.from(""),
    config: {
      ...platform,
      history: [{ created: "2026-01-01T00:00:00Z", created_by: createdBy }],
      rootfs: { type: "layers", diff_ids: [diffId] },
    },
    layers: [{ descriptor, open: () => Promise.reject(malformed("it is cut off")) }],
  };
}

async function readAll(opening: Promise<Readable> | undefined): Promise<Buffer> {
  return buffer((await opening) ?? Readable.from([]));
}
