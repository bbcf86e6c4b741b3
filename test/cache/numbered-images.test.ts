import { expect } from "chai";
import { readMountImage, toMountImage } from "../../src/cache/mount-image.ts";
import { NumberedImages } from "../../src/cache/numbered-images.ts";
import { RegistryImages } from "../../src/cache/registry-images.ts";
import type { RegistryClient } from "../../src/registry/registry-client.ts";
import { type EntryYard, openEntryYard } from "../support/cache-entries.ts";
import { type DockerRegistry, startDockerRegistry } from "../support/docker-registry.ts";
import { errorOf } from "../support/error-of.ts";
import type { FaultProxy } from "../support/fault-proxy.ts";
import { startImmutableTags } from "../support/immutable-tags.ts";
import { openTestClient } from "../support/registry-client.ts";
import { tagsOf } from "../support/registry-queries.ts";

const { signal } = new AbortController();

describe("cache/numbered-images", () => {
  let registry: DockerRegistry;
  let proxy: FaultProxy;
  let client: RegistryClient;
  let yard: EntryYard;

  before(async () => {
    registry = await startDockerRegistry();
    proxy = await startImmutableTags(registry.host);
    client = await openTestClient([registry.host, proxy.host]);
  });

  after(async () => {
    await client[Symbol.asyncDispose]();
    await proxy[Symbol.asyncDispose]();
    await registry[Symbol.asyncDispose]();
  });

  beforeEach(async () => {
    yard = await openEntryYard();
  });

  afterEach(() => yard[Symbol.asyncDispose]());

  /** The images of a repository as another build has them. */
  function open(path: string, { host } = proxy as { host: string }): NumberedImages {
    const repository = { registry: host, path };
    return new NumberedImages(new RegistryImages({ client, repository, format: "oci" }));
  }

  /** Stores an image that is told by how many bytes it says to have. */
  async function store(images: NumberedImages, name: string, bytes: number): Promise<void> {
    const { layer } = await yard.make(String(bytes));
    const layers = [{ ...layer, bytes }];
    await images.put(
      [name],
      { layers, inFormat: (format) => toMountImage({ layers }, format, 0) },
      signal,
    );
  }

  it("finds what was stored last, where tags cannot be changed", async () => {
    expect(await bytesIn(open("last"), "m")).to.equal(undefined);
    for (const bytes of [1, 2, 3]) {
      await store(open("last"), "m", bytes);
      expect(await bytesIn(open("last"), "m")).to.equal(bytes);
    }

    expect(await tagsOf(registry.host, "last")).to.have.members(["m", "m-2", "m-3"]);
  });

  it("takes the next number that is free, whatever other builds have done meanwhile", async () => {
    const [one, other] = [open("race"), open("race")];
    await store(one, "m", 1);
    await store(other, "m", 2);
    await store(one, "m", 3);

    expect(await bytesIn(open("race"), "m")).to.equal(3);
    expect(await tagsOf(registry.host, "race")).to.have.members(["m", "m-2", "m-3"]);
  });

  it("replaces what is there where tags can be changed", async () => {
    for (const bytes of [1, 2]) await store(open("plain", registry), "m", bytes);

    expect(await bytesIn(open("plain", registry), "m")).to.equal(2);
    expect(await tagsOf(registry.host, "plain")).to.deep.equal(["m"]);
  });

  it("does not take another image for a number of its own", async () => {
    await store(open("others"), "m-a", 1);
    await store(open("others"), "m-0", 2);
    await store(open("others"), "m", 3);

    expect(await bytesIn(open("others"), "m")).to.equal(3);
  });

  it("cannot be asked where the registry cannot", async () => {
    const nowhere = open("m", { host: "127.0.0.1:1" });

    expect((await errorOf(bytesIn(nowhere, "m"))).code).to.equal("REGISTRY_UNREACHABLE");
  });
});

async function bytesIn(images: NumberedImages, name: string): Promise<number | undefined> {
  return (await images.find(name, readMountImage, signal))?.layers[0]?.bytes;
}
