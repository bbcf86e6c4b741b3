import { randomBytes } from "node:crypto";
import { Readable } from "node:stream";
import { expect } from "chai";
import { createHashFor, digestFromHex, digestOf, matchesDigest } from "../../src/image/digest.ts";
import { mediaTypes } from "../../src/image/media-type.ts";
import { parseReference } from "../../src/image/reference.ts";
import type { RegistryClient } from "../../src/registry/registry-client.ts";
import { defaultRegistryOptions } from "../../src/registry/registry-options.ts";
import { type DockerRegistry, startDockerRegistry } from "../support/docker-registry.ts";
import { errorOf } from "../support/error-of.ts";
import { startFaultProxy } from "../support/fault-proxy.ts";
import { openUploads } from "../support/open-uploads.ts";
import {
  documentOf,
  openTestClient,
  pushTestImage,
  readBlob,
  sourceOf,
} from "../support/registry-client.ts";

describe("registry/create-registry-client", () => {
  let registry: DockerRegistry;
  let client: RegistryClient;

  before(async () => {
    registry = await startDockerRegistry();
    client = await openTestClient([registry.host]);
  });

  after(async () => {
    await client[Symbol.asyncDispose]();
    await registry[Symbol.asyncDispose]();
  });

  const at = (name: string) => parseReference(`${registry.host}/${name}`);

  it("uploads a blob once and finds it from then on", async () => {
    const source = sourceOf("grain");

    const first = await client.pushBlob(at("upload"), source);
    const second = await client.pushBlob(at("upload"), source);

    expect([first, second]).to.deep.equal(["uploaded", "exists"]);
    expect(source.opened).to.equal(1);
    expect(await readBlob(client, at("upload"), source.descriptor)).to.equal("grain");
  });

  it("uploads and reads an empty blob", async () => {
    const source = sourceOf("");

    expect(await client.pushBlob(at("empty"), source)).to.equal("uploaded");
    expect(await readBlob(client, at("empty"), source.descriptor)).to.equal("");
  });

  it("mounts a blob from a repository that has it, and uploads it when none has", async () => {
    const source = sourceOf("mounted");
    await client.pushBlob(at("mount/from"), source);

    const mountFrom = [at("mount/without"), parseReference("elsewhere.test/a"), at("mount/from")];
    const outcome = await client.pushBlob(at("mount/to"), source, { mountFrom });
    const other = await client.pushBlob(at("mount/other"), sourceOf("new"), { mountFrom });

    expect([outcome, other]).to.deep.equal(["mounted", "uploaded"]);
    expect(source.opened).to.equal(1);
    expect(await openUploads(registry, "mount/to")).to.deep.equal([]);
  });

  it("stores a manifest under a tag and gives its very bytes back, by tag and by digest", async () => {
    const pushed = await pushTestImage(client, `${registry.host}/app:1`, { layers: ["a", "b"] });

    const byTag = await client.fetchManifest(at("app:1"));
    const byDigest = await client.fetchManifest(at(`app@${pushed.descriptor.digest}`));

    expect(byTag).to.deep.include(pushed);
    expect(byDigest).to.deep.include(pushed);
  });

  it("stores a manifest under its digest when the reference has no tag", async () => {
    const { descriptor } = await pushTestImage(client, `${registry.host}/once:x`, { layers: [] });
    const index = documentOf(mediaTypes.ociIndex, {
      schemaVersion: 2,
      mediaType: mediaTypes.ociIndex,
      manifests: [descriptor],
    });

    await client.putManifest(at("once"), index);

    expect(await client.hasManifest(at("once"), index.descriptor.digest)).to.equal(true);
    expect(await client.hasManifest(at("once"), digestOf("other"))).to.equal(false);
  });

  it("names an image, a tag and a blob that the registry does not have", async () => {
    await pushTestImage(client, `${registry.host}/there:1`, { layers: [] });

    const image = await errorOf(client.fetchManifest(at("absent:1")));
    const tag = await errorOf(client.fetchManifest(at("there:2")));
    const blob = await errorOf(client.openBlob(at("there"), sourceOf("missing").descriptor));

    expect([image.code, tag.code, blob.code]).to.deep.equal(Array(3).fill("REGISTRY_NOT_FOUND"));
    expect(image.message).to.equal(
      `image not found: ${registry.host} has no manifest "${registry.host}/absent:1"`,
    );
    expect(tag.message).to.include("there:2");
    expect(blob.message).to.include(digestOf("missing"));
  });

  it("says what the registry says when it rejects a manifest", async () => {
    const manifest = documentOf(mediaTypes.ociManifest, {
      schemaVersion: 2,
      mediaType: mediaTypes.ociManifest,
      config: sourceOf("not there", mediaTypes.ociConfig).descriptor,
      layers: [],
    });

    const error = await errorOf(client.putManifest(at("broken:1"), manifest));

    expect(error.code).to.equal("REGISTRY_REJECTED");
    expect(error.message).to.match(/answered 400 MANIFEST_(BLOB_UNKNOWN|INVALID)/);
  });

  it("gives up when the content of an upload does not match its descriptor", async () => {
    const source = sourceOf("right");
    source.descriptor = sourceOf("wrong").descriptor;

    const error = await errorOf(client.pushBlob(at("mismatch"), source));

    expect(error.code).to.equal("REGISTRY_REJECTED");
    expect(error.message).to.include("DIGEST_INVALID");
    expect(source.opened).to.equal(1);
  });

  it("streams a blob larger than it may keep in memory, both ways", async function () {
    this.timeout(30_000);
    const size = 192 * 1024 * 1024;
    const block = randomBytes(1024 * 1024);
    const blocks = function* (): Generator<Buffer> {
      for (let sent = 0; sent < size; sent += block.length) yield block;
    };
    const hash = createHashFor(digestOf(""));
    for (const each of blocks()) hash.update(each);
    const digest = digestFromHex(hash.digest("hex"));
    const descriptor = { mediaType: mediaTypes.ociLayer, digest, size };
    const source = { descriptor, open: () => Promise.resolve(Readable.from(blocks())) };
    const memory = new PeakMemory();

    await client.pushBlob(at("large"), source);
    const received = createHashFor(digest);
    for await (const chunk of await client.openBlob(at("large"), descriptor)) {
      received.update(chunk as Buffer);
      memory.sample();
    }

    expect(matchesDigest(received, digest)).to.equal(true);
    expect(memory.grownBytes).to.be.lessThan(size / 2);
  });

  it("tries again more often where that is asked for, apart for pulls and pushes", async () => {
    await using unwell = await startFaultProxy(undefined, ({ url }) =>
      url === "/v2/" ? { kind: "answer", status: 200 } : { kind: "answer", status: 503 },
    );
    await using patient = await openTestClient([unwell.host], {
      registries: {
        ...defaultRegistryOptions,
        insecureRegistries: [unwell.host],
        moreRetries: { pull: 1, push: 3 },
      },
    });
    const reference = parseReference(`${unwell.host}/app:1`);

    await errorOf(patient.fetchManifest(reference));
    await errorOf(patient.checkPush(reference));

    const methods = unwell.requests.map(({ method, url }) => `${method} ${url}`);
    expect(methods.filter((each) => each === "GET /v2/app/manifests/1")).to.have.length(4 + 1);
    expect(methods.filter((each) => each.startsWith("POST"))).to.have.length(4 + 3);
  });

  it("stops when it is told to, and leaves no upload session", async () => {
    const controller = new AbortController();
    const reason = new Error("enough");
    const open = () => {
      controller.abort(reason);
      return Promise.resolve(Readable.from(["some"]));
    };
    const source = { ...sourceOf("some"), open };

    const outcome = await client
      .pushBlob(at("stopped"), source, { signal: controller.signal })
      .catch((error: unknown) => error);

    expect(outcome).to.equal(reason);
    expect(await openUploads(registry, "stopped")).to.deep.equal([]);
  });
});

class PeakMemory {
  readonly #before = process.memoryUsage.rss();
  grownBytes = 0;

  sample(): void {
    this.grownBytes = Math.max(this.grownBytes, process.memoryUsage.rss() - this.#before);
  }
}
