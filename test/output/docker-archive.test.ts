import { execFile } from "node:child_process";
import { readdir, readFile } from "node:fs/promises";
import { Readable } from "node:stream";
import { promisify } from "node:util";
import { expect } from "chai";
import { ImageError } from "../../src/errors/image-error.ts";
import { RegistryError } from "../../src/errors/registry-error.ts";
import { hexOf } from "../../src/image/digest.ts";
import { mediaTypes } from "../../src/image/media-type.ts";
import { parseReference } from "../../src/image/reference.ts";
import { DockerArchive } from "../../src/output/docker-archive.ts";
import type { FinishedImage } from "../../src/output/output.ts";
import { errorOf } from "../support/error-of.ts";
import { makeTemporaryDirectory, type TemporaryDirectory } from "../support/temporary-directory.ts";
import { testImage, testLayer } from "../support/test-image.ts";

const run = promisify(execFile);
const { signal } = new AbortController();
/** An empty tar archive of some length. */
const emptyTar = Buffer.alloc(10_240);

describe("output/docker-archive", () => {
  let temporary: TemporaryDirectory;
  let file: string;

  beforeEach(async () => {
    temporary = await makeTemporaryDirectory();
    file = temporary.join("image.tar");
  });

  afterEach(() => temporary[Symbol.asyncDispose]());

  async function publish(image: FinishedImage, ...names: readonly string[]): Promise<void> {
    await using output = new DockerArchive({ file, names: names.map(parseReference), signal });
    output.startLayer();
    await output.publish(image);
  }

  async function readManifest(): Promise<Record<string, unknown>[]> {
    return JSON.parse((await run("tar", ["-xOf", file, "manifest.json"])).stdout);
  }

  it("writes an archive that skopeo reads, whatever the layers' compression", async function () {
    this.timeout(20_000);
    const layers = (["none", "gzip", "zstd"] as const).map((compression, index) =>
      testLayer(Buffer.alloc(1024 * (index + 1)), { compression }),
    );
    const image = testImage(layers);

    await publish(image, "r.example/app:1.2");

    const reference = `docker-archive:${file}:r.example/app:1.2`;
    const copy = temporary.join("copy");
    await run("skopeo", ["copy", "--dest-decompress", reference, `dir:${copy}`]);
    expect(await readdir(copy)).to.include.members(layers.map(({ diffId }) => hexOf(diffId)));
    expect(await readFile(`${copy}/${hexOf(image.config.descriptor.digest)}`, "utf8")).to.equal(
      image.config.bytes.toString(),
    );
  });

  it("names the image by all its names, and each layer file once", async () => {
    const layer = testLayer(emptyTar, { compression: "gzip" });
    const image = testImage([layer, layer]);

    await publish(image, "busybox:1", "r.example/app:2");

    const name = `${hexOf(layer.descriptor.digest)}.tar.gz`;
    const config = `${hexOf(image.config.descriptor.digest)}.json`;
    expect(await readManifest()).to.deep.equal([
      {
        Config: config,
        RepoTags: ["docker.io/library/busybox:1", "r.example/app:2"],
        Layers: [name, name],
      },
    ]);
    const { stdout } = await run("tar", ["-tf", file]);
    expect(stdout.trim().split("\n")).to.deep.equal([config, name, "manifest.json"]);
  });

  it("gives the same bytes for the same image", async () => {
    const image = testImage([testLayer(emptyTar, { compression: "zstd" })]);

    await publish(image, "app:1");
    const first = await readFile(file);
    await publish(image, "app:1");

    expect((await readFile(file)).equals(first)).to.equal(true);
  });

  it("has foreign layers too, and says which one the registry does not have", async () => {
    const foreign = testLayer(emptyTar, {
      compression: "gzip",
      mediaType: mediaTypes.dockerForeignLayerGzip,
    });
    const fault = new RegistryError("REGISTRY_NOT_FOUND", "blob not found");
    const missing = { ...foreign, open: () => Promise.reject(fault) };

    await publish(testImage([foreign]), "app:1");
    const { stdout } = await run("tar", ["-tf", file]);
    const error = await errorOf(publish(testImage([missing]), "app:1"));

    expect(stdout).to.include(`${hexOf(foreign.descriptor.digest)}.tar.gz`);
    expect(error.code).to.equal("REGISTRY_NOT_FOUND");
    expect(error.message).to.include(`${foreign.descriptor.digest}, a foreign layer`);
  });

  for (const compression of ["gzip", "zstd"] as const) {
    it(`leaves no file when a ${compression} layer breaks off`, async () => {
      const fault = new ImageError("IMAGE_MALFORMED", "cut off");
      const broken = {
        ...testLayer(emptyTar, { compression }),
        open: () =>
          Promise.resolve(
            Readable.from(
              (function* () {
                yield Buffer.alloc(0);
                throw fault;
              })(),
            ),
          ),
      };

      expect(await errorOf(publish(testImage([broken]), "app:1"))).to.equal(fault);
      expect(await readdir(temporary.path)).to.deep.equal([]);
    });
  }
});
