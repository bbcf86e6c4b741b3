import { execFile } from "node:child_process";
import { mkdir, readdir, readFile, stat, writeFile } from "node:fs/promises";
import { promisify } from "node:util";
import { expect } from "chai";
import { ImageError } from "../../src/errors/image-error.ts";
import { hexOf } from "../../src/image/digest.ts";
import { mediaTypes } from "../../src/image/media-type.ts";
import { parseReference } from "../../src/image/reference.ts";
import { OciLayout } from "../../src/output/oci-layout.ts";
import { errorOf } from "../support/error-of.ts";
import { makeTemporaryDirectory, type TemporaryDirectory } from "../support/temporary-directory.ts";
import { testImage, testLayer } from "../support/test-image.ts";

const run = promisify(execFile);
const { signal } = new AbortController();

describe("output/oci-layout", () => {
  let temporary: TemporaryDirectory;
  let directory: string;

  beforeEach(async () => {
    temporary = await makeTemporaryDirectory();
    directory = temporary.join("new", "layout");
  });

  afterEach(() => temporary[Symbol.asyncDispose]());

  async function readIndex(): Promise<{ manifests: { annotations?: Record<string, string> }[] }> {
    return JSON.parse(await readFile(`${directory}/index.json`, "utf8"));
  }

  function layout(...names: readonly string[]): OciLayout {
    return new OciLayout({ directory, names: names.map(parseReference), signal });
  }

  it("writes a layout that skopeo reads by tag", async function () {
    this.timeout(20_000);
    const image = testImage([testLayer("a", { compression: "gzip" }), testLayer("b")]);

    await layout("r.example/app:1.2").publish(image);

    const { stdout } = await run("skopeo", ["inspect", "--raw", `oci:${directory}:1.2`]);
    expect(stdout).to.equal(image.manifest.bytes.toString());
    await run("skopeo", ["copy", `oci:${directory}:1.2`, `dir:${temporary.join("copy")}`]);
  });

  it("names the image once per tag", async () => {
    await layout("r.example/a:1", "r.example/b:1", "r.example/a:2").publish(testImage([]));

    const { manifests } = await readIndex();
    expect(manifests.map(({ annotations }) => annotations)).to.deep.equal([
      {
        "io.containerd.image.name": "r.example/a:1",
        "org.opencontainers.image.ref.name": "1",
      },
      {
        "io.containerd.image.name": "r.example/a:2",
        "org.opencontainers.image.ref.name": "2",
      },
    ]);
  });

  it("leaves the image without a name where none is given", async () => {
    await layout().publish(testImage([]));

    const { manifests } = await readIndex();
    expect(manifests).to.have.lengthOf(1);
    expect(manifests[0]).not.to.have.property("annotations");
  });

  it("leaves foreign layers out", async () => {
    const foreign = testLayer("x", { mediaType: mediaTypes.ociForeignLayer });

    await layout().publish(testImage([foreign]));

    const blobs = await readdir(`${directory}/blobs/sha256`);
    expect(blobs).not.to.include(hexOf(foreign.descriptor.digest));
  });

  it("does not read blobs again that are there", async () => {
    const layer = testLayer("layer");
    await layout().publish(testImage([layer]));

    const unread = { ...layer, open: () => Promise.reject(new Error("it was opened")) };
    await layout("app:2").publish(testImage([unread]));

    expect((await readIndex()).manifests).to.have.lengthOf(2);
  });

  it("adds to the images of a layout, of which one with the same name is replaced", async () => {
    await layout("r.example/a:1", "r.example/a:2").publish(testImage([testLayer("former")]));
    const image = testImage([testLayer("new")]);

    await layout("r.example/b:2", "r.example/b:3").publish(image);

    const { manifests } = await readIndex();
    expect(
      manifests.map(({ annotations }) => annotations?.["io.containerd.image.name"]),
    ).to.deep.equal(["r.example/a:1", "r.example/b:2", "r.example/b:3"]);
    const { stdout } = await run("skopeo", ["inspect", "--raw", `oci:${directory}:2`]);
    expect(stdout).to.equal(image.manifest.bytes.toString());
  });

  it("has one image without a name, the last one", async () => {
    await layout("app:1").publish(testImage([]));
    await layout().publish(testImage([testLayer("former")]));
    const image = testImage([testLayer("new")]);
    await layout().publish(image);

    const { manifests } = await readIndex();
    expect(manifests).to.have.lengthOf(2);
    expect(manifests[1]).to.deep.equal(image.manifest.descriptor);
  });

  it("adds to a layout of skopeo's, whose entries stay as they are", async () => {
    await layout("app:1").publish(testImage([testLayer("a")]));
    const theirs = temporary.join("theirs");
    await run("skopeo", ["copy", `oci:${directory}:1`, `oci:${theirs}:one`]);
    const index = JSON.parse(await readFile(`${theirs}/index.json`, "utf8"));
    index.manifests[0].artifactType = "application/x-not-ours";
    await writeFile(`${theirs}/index.json`, JSON.stringify(index));
    directory = theirs;

    await layout("app:two").publish(testImage([testLayer("b")]));

    const { manifests } = await readIndex();
    expect(manifests[0]).to.deep.equal(index.manifests[0]);
    expect(manifests[1]?.annotations?.["org.opencontainers.image.ref.name"]).to.equal("two");
  });

  it("writes nothing where an index is there that is none", async () => {
    await mkdir(directory, { recursive: true });
    await writeFile(`${directory}/index.json`, "{}");

    const error = await errorOf(layout("app:1").publish(testImage([testLayer("a")])));

    expect(error.code).to.equal("IMAGE_MALFORMED");
    expect(await readdir(directory)).to.deep.equal(["index.json"]);
  });

  it("keeps the former image, and nothing of the new one, when a layer cannot be read", async () => {
    const former = testImage([testLayer("former")]);
    await layout("app:1").publish(former);
    const before = await readdir(`${directory}/blobs/sha256`);
    const fault = new ImageError("IMAGE_MALFORMED", "bad digest");
    const bad = { ...testLayer("bad"), open: () => Promise.reject(fault) };

    const error = await errorOf(layout("app:2").publish(testImage([testLayer("good"), bad])));

    expect(error).to.equal(fault);
    expect(await readdir(`${directory}/blobs/sha256`)).to.have.members(before);
    expect((await readIndex()).manifests[0]?.annotations).to.include({
      "org.opencontainers.image.ref.name": "1",
    });
  });

  it("touches nothing before the image is published", async () => {
    await using output = layout("app:1");

    output.startLayer();

    expect(await stat(directory).catch(() => "absent")).to.equal("absent");
  });
});
