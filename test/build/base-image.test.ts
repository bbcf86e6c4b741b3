import { expect } from "chai";
import { ImageError } from "../../src/errors/image-error.ts";
import { RegistryError } from "../../src/errors/registry-error.ts";
import { parseNamedContext } from "../../src/plan/named-context.ts";
import type { PulledImage } from "../../src/registry/read-image.ts";
import { errorOf } from "../support/error-of.ts";
import { type MemoryLayer, memoryLayer } from "../support/memory-layer.ts";
import { pulledImage } from "../support/pulled-image.ts";
import { StepYard } from "../support/step-yard.ts";
import { file } from "../support/tree.ts";

const amd64 = { os: "linux", architecture: "amd64" };

describe("build/base-image", () => {
  let yard: StepYard;
  let layers: readonly MemoryLayer[];

  beforeEach(async () => {
    yard = await StepYard.open();
    await yard.write("f", "content");
    layers = await Promise.all(
      ["one", "two", "three"].map((name) =>
        memoryLayer([{ kind: "put", path: name, node: file(name) }]),
      ),
    );
    offer(pulledImage(layers));
  });

  afterEach(() => yard[Symbol.asyncDispose]());

  for (const [what, instructions, times] of [
    ["reads no layer where no files are needed", "LABEL a=1", 0],
    ["reads each layer once where only its headers are needed", "COPY f /", 1],
    ["reads each layer once where its files are copied", "COPY f /\nCOPY --from=base / /b/", 1],
  ] as const) {
    it(what, async () => {
      await yard.build(`FROM base\n${instructions}\n`);

      expect(layers.map(({ opened }) => opened)).to.deep.equal([times, times, times]);
    });
  }

  it("fetches layers at the same time when their content will be needed", async () => {
    const all = Promise.withResolvers<void>();
    let open = 0;
    offer(
      withLayers(pulledImage(layers), async (layer) => {
        open += 1;
        if (open === 3) all.resolve();
        await all.promise;
        return layer.open();
      }),
    );

    const image = await yard.build("FROM scratch\nCOPY --from=base / /\n");

    expect(image.layers).to.have.lengthOf(1);
  });

  it("reads a layer that two images have in common once", async () => {
    const [shared, own] = layers;
    if (shared === undefined || own === undefined) throw new TypeError("there are layers");
    const images = [pulledImage([shared, own]), pulledImage([shared])];
    yard.ports = {
      pull: ({ reference }) =>
        Promise.resolve(images[reference.path === "library/one" ? 0 : 1] ?? pulledImage([])),
    };

    await yard.build("FROM scratch\nCOPY --from=one / /\nCOPY --from=two / /\n");

    expect(shared.opened).to.equal(1);
  });

  it("keeps no copy of what is on disk in a layout", async () => {
    yard.ports = { openLayout: () => Promise.resolve(pulledImage(layers)) };

    const namedContexts = new Map([parseNamedContext("base", "oci-layout://images", amd64)]);

    await yard.build("FROM scratch\nCOPY --from=base / /\n", { namedContexts });

    expect(layers.every(({ opened }) => opened > 1)).to.equal(true);
  });

  it("asks for the platform of the stage, and for the target's in --from", async () => {
    const asked: unknown[] = [];
    yard.ports = {
      pull: ({ reference, platform }) => {
        asked.push([reference.path, platform.architecture]);
        return Promise.resolve(pulledImage([]));
      },
    };

    await yard.build(
      "FROM --platform=linux/s390x one AS one\nFROM two\nCOPY --from=one / /\nCOPY --from=three / /\n",
      { targetPlatform: { os: "linux", architecture: "arm64" } },
    );

    expect(asked).to.have.deep.members([
      ["library/one", "s390x"],
      ["library/two", "arm64"],
      ["library/three", "arm64"],
    ]);
  });

  it("says which name of the Dockerfile could not be resolved to what", async () => {
    yard.ports = {
      pull: () => Promise.reject(new RegistryError("REGISTRY_NOT_FOUND", "it is not there")),
    };

    const error = await errorOf(yard.build("FROM app AS x\n"));

    expect(error.code).to.equal("REGISTRY_NOT_FOUND");
    expect(error.message).to.equal("app: cannot use docker.io/library/app:latest: it is not there");
    expect(error.location).to.include({ firstLine: 1 });
  });

  it("fails with what is wrong with a layer", async () => {
    const fault = new ImageError("IMAGE_MALFORMED", "it is damaged");
    offer(
      withLayers(pulledImage(layers), (layer, index) =>
        index === 1 ? Promise.reject(fault) : layer.open(),
      ),
    );

    const error = await errorOf(yard.build("FROM scratch\nCOPY --from=base / /\n"));

    expect(error.code).to.equal("IMAGE_MALFORMED");
    expect(error.message).to.include("it is damaged");
  });

  function offer(image: PulledImage): void {
    yard.ports = { pull: () => Promise.resolve(image) };
  }
});

type OpenLayer = (
  layer: PulledImage["layers"][number],
  index: number,
) => ReturnType<PulledImage["layers"][number]["open"]>;

/** `image`, but its layers are opened by `open`. */
function withLayers(image: PulledImage, open: OpenLayer): PulledImage {
  const layers = image.layers.map((layer, index) => ({ ...layer, open: () => open(layer, index) }));
  return { ...image, layers };
}
