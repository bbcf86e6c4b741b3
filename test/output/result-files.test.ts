import { readdir, readFile } from "node:fs/promises";
import { expect } from "chai";
import { digestOf } from "../../src/image/digest.ts";
import { parseReference } from "../../src/image/reference.ts";
import { type BuildResult, writeResultFiles } from "../../src/output/result-files.ts";
import { makeTemporaryDirectory, type TemporaryDirectory } from "../support/temporary-directory.ts";

const digest = digestOf("manifest");
const destinations = ["r.example/team/app:1.2", "busybox:latest"].map(parseReference);

describe("output/result-files", () => {
  let directory: TemporaryDirectory;

  beforeEach(async () => {
    directory = await makeTemporaryDirectory();
  });

  afterEach(() => directory[Symbol.asyncDispose]());

  async function write(result: BuildResult): Promise<Record<string, string>> {
    const names = ["digest", "nameWithDigest", "nameTagWithDigest", "url"] as const;
    const [first, second, third, fourth] = names.map((name) => directory.join("results", name));
    const files = {
      digest: first,
      nameWithDigest: second,
      nameTagWithDigest: third,
      url: fourth,
      images: undefined,
    };
    await writeResultFiles(files, result);
    const texts = names.map(async (name) => [
      name,
      await readFile(directory.join("results", name), "utf8"),
    ]);
    return Object.fromEntries(await Promise.all(texts)) as Record<string, string>;
  }

  it("writes digest and first name without newline, the lists with one per line", async () => {
    expect(await write({ digest, destinations, pushed: true })).to.deep.equal({
      digest,
      nameWithDigest: `r.example/team/app@${digest}\ndocker.io/library/busybox@${digest}\n`,
      nameTagWithDigest: `r.example/team/app:1.2@${digest}\ndocker.io/library/busybox:latest@${digest}\n`,
      url: "r.example/team/app:1.2",
    });
  });

  it("writes the digest, but an empty name, when nothing was pushed", async () => {
    const written = await write({ digest, destinations, pushed: false });

    expect(written["digest"]).to.equal(digest);
    expect(written["url"]).to.equal("");
  });

  it("lists what was pushed, an object per line, for skaffold and Cloud Build", async () => {
    const images = directory.join("builder", "images");
    const none = { digest: undefined, nameWithDigest: undefined, url: undefined };
    const files = { ...none, nameTagWithDigest: undefined, images };

    await writeResultFiles(files, { digest, destinations, pushed: false });
    expect(await readdir(directory.path)).to.deep.equal([]);
    await writeResultFiles(files, { digest, destinations, pushed: true });

    const lines = (await readFile(images, "utf8")).trimEnd().split("\n");
    expect(lines.map((line) => JSON.parse(line) as unknown)).to.deep.equal([
      { name: "r.example/team/app:1.2", digest },
      { name: "docker.io/library/busybox:latest", digest },
    ]);
  });

  it("writes only what was asked for", async () => {
    const files = {
      digest: directory.join("digest"),
      nameWithDigest: undefined,
      nameTagWithDigest: undefined,
      url: undefined,
      images: undefined,
    };

    await writeResultFiles(files, { digest, destinations: [], pushed: false });

    expect(await readdir(directory.path)).to.deep.equal(["digest"]);
  });
});
