import { execFile } from "node:child_process";
import { readdir, rename, writeFile } from "node:fs/promises";
import { text } from "node:stream/consumers";
import { promisify } from "node:util";
import { expect } from "chai";
import { UnnamedFiles } from "../../src/cli/unnamed-files.ts";
import { parseLayoutReference } from "../../src/image/layout-reference.ts";
import type { Manifest } from "../../src/image/manifest.ts";
import { parseReference } from "../../src/image/reference.ts";
import { OciLayout } from "../../src/output/oci-layout.ts";
import { type LocalImageRequest, openLocalImage } from "../../src/transfer/open-local-image.ts";
import { errorOf } from "../support/error-of.ts";
import { rawTar } from "../support/raw-tar.ts";
import { makeTemporaryDirectory, type TemporaryDirectory } from "../support/temporary-directory.ts";
import { testImage, testLayer } from "../support/test-image.ts";

const run = promisify(execFile);

function blobPath(digest: string): string {
  return `blobs/${digest.replace(":", "/")}`;
}

describe("transfer/open-local-image", function () {
  this.timeout(30_000);
  const image = testImage([testLayer(rawTar([{ name: "a", type: "0", body: "a" }]))]);
  const ours = new RegExp(`^${image.manifest.descriptor.digest}$`);
  let directory: TemporaryDirectory;
  let files: UnnamedFiles;

  before(async () => {
    directory = await makeTemporaryDirectory();
    files = new UnnamedFiles({ given: directory.join("scratch"), ofPipeline: undefined });
    const names = ["r.example/app:1", "r.example/app:2"].map(parseReference);
    const { signal } = new AbortController();
    const layout = directory.join("layout");
    await new OciLayout({ directory: layout, names, signal }).publish(image);
    for (const [transport, file] of [
      ["oci-archive", "oci.tar"],
      ["docker-archive", "docker.tar"],
    ]) {
      const target = `${transport}:${directory.join(file ?? "")}:r.example/app:1`;
      await run("skopeo", ["copy", `oci:${layout}:1`, target]);
    }
    await run("tar", ["-cf", directory.join("layout.tar"), "-C", layout, "."]);
  });

  after(async () => {
    files[Symbol.dispose]();
    await directory[Symbol.asyncDispose]();
  });

  const openScratch = (): number => files.open();

  async function open(
    name: string,
    options: Partial<LocalImageRequest> = {},
  ): Promise<{ readonly mediaType: string; readonly digest: string; readonly layer: string }> {
    const { signal } = new AbortController();
    const request = { platform: undefined, format: undefined, signal, ...options };
    const reference = parseLayoutReference(directory.join(name));
    const source = await openLocalImage({ image: reference, openScratch, ...request });
    const { bytes, descriptor } = await source.manifest(undefined);
    const manifest = JSON.parse(bytes.toString()) as Manifest;
    const [layer] = manifest.layers;
    if (layer === undefined) throw new Error("there is no layer");
    return { ...descriptor, layer: await text(await source.openBlob(layer)) };
  }

  for (const name of ["layout", "layout:1", "layout.tar:2", "oci.tar"]) {
    it(`opens ${name} as it is`, async () => {
      const opened = await open(name);

      expect(opened.digest).to.match(name === "oci.tar" ? /^sha256:/ : ours);
      expect(opened.layer).to.not.equal("");
    });
  }

  it("opens a docker archive of skopeo's, in the format that is asked for", async () => {
    const opened = await open("docker.tar:1");
    const docker = await open("docker.tar", { format: "docker" });

    expect(opened.mediaType).to.include("vnd.oci.");
    expect(docker.mediaType).to.include("vnd.docker.");
    expect(docker.layer).to.equal(opened.layer);
  });

  for (const [program, suffix] of [
    ["gzip", "gz"],
    ["zstd", "zst"],
    ["bzip2", "bz2"],
    ["xz", "xz"],
  ] as const) {
    it(`opens archives that ${program} has compressed, by their content`, async () => {
      for (const name of ["docker.tar", "layout.tar"]) {
        await run(program, ["--quiet", "--keep", "--force", directory.join(name)]);
        await rename(
          directory.join(`${name}.${suffix}`),
          directory.join(`${name}.${program}-data`),
        );
      }

      const docker = await open(`docker.tar.${program}-data`);
      const layout = await open(`layout.tar.${program}-data:1`);

      expect(docker.digest).to.equal((await open("docker.tar")).digest);
      expect(layout.digest).to.match(ours);
      expect(layout.layer).to.equal(docker.layer);
      expect(await readdir(directory.join("scratch"))).to.deep.equal([]);
    });
  }

  it("takes an archive that is both for a layout, unless a format is asked for", async () => {
    await run("cp", ["-r", directory.join("layout"), directory.join("both")]);
    const listing = {
      Config: blobPath(image.config.descriptor.digest),
      Layers: image.layers.map(({ descriptor }) => blobPath(descriptor.digest)),
    };
    await writeFile(directory.join("both/manifest.json"), JSON.stringify([listing]));
    await run("tar", ["-cf", directory.join("both.tar"), "-C", directory.join("both"), "."]);

    const layout = await open("both.tar:1");
    const docker = await open("both.tar", { format: "docker" });

    expect(layout.digest).to.match(ours);
    expect(docker.mediaType).to.include("vnd.docker.");
    expect(docker.layer).to.equal(layout.layer);
  });

  it("refuses to make a layout's manifest anew, and what it does not know", async () => {
    await writeFile(directory.join("other.tar"), rawTar([{ name: "a", type: "0" }]));

    const made = await errorOf(open("layout", { format: "docker" }));
    const other = await errorOf(open("other.tar"));
    const missing = await errorOf(open("missing"));

    expect(made.code).to.equal("USAGE_CONFLICT");
    expect(other.code).to.equal("CONTEXT_NOT_FOUND");
    expect(missing.message).to.include("missing does not exist");
  });
});
