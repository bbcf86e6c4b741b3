import { expect } from "chai";
import { ImageError } from "../../src/errors/image-error.ts";
import { RegistryError } from "../../src/errors/registry-error.ts";
import { mediaTypes } from "../../src/image/media-type.ts";
import { parseReference } from "../../src/image/reference.ts";
import { silentLogger } from "../../src/log/logger.ts";
import { Push } from "../../src/output/push.ts";
import { errorOf } from "../support/error-of.ts";
import { type MemoryRegistry, openMemoryRegistry } from "../support/memory-registry.ts";
import { testImage, testLayer } from "../support/test-image.ts";

function pushTo(
  client: MemoryRegistry,
  destinations: readonly string[],
  signal: AbortSignal = new AbortController().signal,
): Push {
  return new Push({
    client,
    destinations: destinations.map(parseReference),
    log: silentLogger,
    signal,
  });
}

const refused = new RegistryError("REGISTRY_REJECTED", "no");

describe("output/push", () => {
  it("sends layers and configuration, then the manifest, then asks for it", async () => {
    const client = openMemoryRegistry();
    await using push = pushTo(client, ["r.example/app:1"]);
    const image = testImage([testLayer("layer")]);

    await push.publish(image);

    expect(client.events.slice(0, 2)).to.have.members([
      "uploaded r.example/app layer",
      `uploaded r.example/app ${image.config.bytes.toString()}`,
    ]);
    expect(client.events.slice(2)).to.deep.equal(["put r.example/app:1", "verified r.example/app"]);
    expect(client.tags.get("r.example/app:1")).to.equal(image.manifest);
  });

  it("sends a blob once per registry and mounts it in its other repositories", async () => {
    const client = openMemoryRegistry();
    await using push = pushTo(client, ["r.example/a:1", "r.example/b:1", "s.example/a:1"]);

    await push.publish(testImage([testLayer("layer")]));

    const ofLayer = client.events.filter((event) => event.endsWith(" layer"));
    expect(ofLayer).to.have.members(["uploaded r.example/a layer", "uploaded s.example/a layer"]);
    expect(client.events).to.include("mounted r.example/b from r.example/a");
    expect([...client.tags.keys()]).to.have.members([
      "r.example/a:1",
      "r.example/b:1",
      "s.example/a:1",
    ]);
  });

  it("sends to a repository once for all its tags", async () => {
    const client = openMemoryRegistry();
    await using push = pushTo(client, ["r.example/a:1", "r.example/a:2"]);

    await push.publish(testImage([testLayer("layer")]));

    expect(client.events.filter((event) => event.endsWith(" layer"))).to.have.lengthOf(1);
    expect([...client.tags.keys()]).to.have.members(["r.example/a:1", "r.example/a:2"]);
  });

  it("mounts base layers where their registry is the target's, and streams them elsewhere", async () => {
    const client = openMemoryRegistry();
    const origin = parseReference("r.example/base");
    const base = testLayer("base", { origin });
    client.add(origin, base.descriptor.digest);
    await using push = pushTo(client, ["r.example/app:1", "s.example/app:1"]);

    await push.publish(testImage([base]));

    expect(client.events).to.include("mounted r.example/app from r.example/base");
    expect(client.events).to.include("uploaded s.example/app base");
  });

  it("leaves foreign layers where they are", async () => {
    const client = openMemoryRegistry();
    const foreign = testLayer("foreign", { mediaType: mediaTypes.dockerForeignLayerGzip });
    await using push = pushTo(client, ["r.example/app:1"]);

    push.startLayer(foreign);
    await push.publish(testImage([foreign]));

    expect(client.events.join()).not.to.include("foreign");
  });

  it("sends a layer that was started early, or is there twice, once", async () => {
    const client = openMemoryRegistry();
    const layer = testLayer("layer");
    await using push = pushTo(client, ["r.example/app:1"]);

    push.startLayer(layer);
    push.startLayer(testLayer("layer"));
    await push.publish(testImage([layer, layer]));

    expect(client.events.filter((event) => event.endsWith(" layer"))).to.have.lengthOf(1);
  });

  it("puts the manifest where all blobs are, and says which destinations failed", async () => {
    const client = openMemoryRegistry({
      before: (request) => {
        if (request === "push r.example/app") throw refused;
      },
    });
    const names = ["r.example/app:1", "r.example/app:2", "r.example/other:1", "s.example/app:1"];
    await using push = pushTo(client, names);

    const error = await errorOf(push.publish(testImage([testLayer("layer"), testLayer("more")])));

    expect(error.code).to.equal("REGISTRY_REJECTED");
    expect(error.message).to.equal(
      "2 of 4 destinations failed: r.example/app:1: no; r.example/app:2: no",
    );
    expect(error.hint).to.include("r.example/other:1, s.example/app:1 got the image");
    expect([...client.tags.keys()]).to.have.members(["r.example/other:1", "s.example/app:1"]);
  });

  it("exits with the code of a failure that a retry cannot help, where there is one", async () => {
    const later = new RegistryError("REGISTRY_UNAVAILABLE", "busy", { retryable: true });
    const client = openMemoryRegistry({
      before: (request) => {
        if (request === "put r.example/app:1") throw later;
        if (request === "put s.example/app:1") throw refused;
      },
    });
    await using push = pushTo(client, ["r.example/app:1", "s.example/app:1"]);

    const error = await errorOf(push.publish(testImage([])));

    expect(error.code).to.equal("REGISTRY_REJECTED");
    expect(error.message).to.include("r.example/app:1: busy").and.include("s.example/app:1: no");
    expect(error.hint).to.match(/^no destination got the image/);
  });

  it("gives the fault itself where all destinations have the same", async () => {
    const fault = new ImageError("IMAGE_MALFORMED", "cut off");
    const layer = { ...testLayer("layer"), open: () => Promise.reject(fault) };
    await using push = pushTo(openMemoryRegistry(), ["r.example/app:1", "s.example/app:1"]);

    expect(await errorOf(push.publish(testImage([layer])))).to.equal(fault);
  });

  it("reports at the end what failed early, and not before", async () => {
    const client = openMemoryRegistry({
      before: () => {
        throw refused;
      },
    });
    await using push = pushTo(client, ["r.example/app:1"]);
    const layer = testLayer("layer");

    push.startLayer(layer);

    expect(await errorOf(push.publish(testImage([layer])))).to.equal(refused);
  });

  it("still tags in the other registries when one refuses the manifest", async () => {
    const client = openMemoryRegistry({
      before: (request) => {
        if (request === "put r.example/app:1") throw refused;
      },
    });
    await using push = pushTo(client, ["r.example/app:1", "s.example/app:1"]);

    const error = await errorOf(push.publish(testImage([testLayer("layer")])));

    expect(error.cause).to.equal(refused);
    expect(error.message).to.equal("1 of 2 destinations failed: r.example/app:1: no");
    expect([...client.tags.keys()]).to.deep.equal(["s.example/app:1"]);
  });

  it("fails when the registry does not have what it took", async () => {
    const client = openMemoryRegistry({ keepsManifests: false });
    await using push = pushTo(client, ["r.example/app:1"]);

    const error = await errorOf(push.publish(testImage([testLayer("layer")])));

    expect(error.code).to.equal("REGISTRY_PROTOCOL");
    expect(error.message).to.include("r.example/app:1");
  });

  it("ends what is under way when it is disposed, and waits for it", async () => {
    const { promise: held, resolve: release } = Promise.withResolvers<void>();
    const client = openMemoryRegistry({ before: () => held });
    const push = pushTo(client, ["r.example/app:1"]);
    push.startLayer(testLayer("layer"));

    const disposed = push[Symbol.asyncDispose]();
    release();
    await disposed;

    expect(client.events).to.deep.equal([]);
  });

  it("sends nothing more after the build was cancelled", async () => {
    const cancel = new AbortController();
    const client = openMemoryRegistry();
    await using push = pushTo(client, ["r.example/app:1"], cancel.signal);
    const layer = testLayer("layer");
    cancel.abort(refused);

    expect(await errorOf(push.publish(testImage([layer])))).to.equal(refused);
    expect(client.events).to.deep.equal([]);
  });
});
