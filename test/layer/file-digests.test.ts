import { createHash } from "node:crypto";
import { expect } from "chai";
import type { FileNode } from "../../src/filetree/node.ts";
import { Contents } from "../../src/layer/contents.ts";
import { bodyOf } from "../../src/layer/file-body.ts";
import { FileDigests } from "../../src/layer/file-digests.ts";
import { collect } from "../support/chunks.ts";
import { makeTemporaryDirectory } from "../support/temporary-directory.ts";
import { file } from "../support/tree.ts";

describe("layer/file-digests", () => {
  it("reads each content once, and knows an empty one without reading", async () => {
    await using directory = await makeTemporaryDirectory();
    await using contents = new Contents(directory.path);
    const read: FileNode[] = [];
    const digests = new FileDigests({
      forEachContent: (nodes, visit) => {
        const wanted = [...nodes];
        read.push(...wanted);
        return contents.forEachContent(wanted, visit);
      },
    });
    const [one, two, empty] = [file("one"), file("two"), file("")];
    const copy = { ...one, mode: 0o600 };

    await digests.find([one, copy, empty]);
    await digests.find([two, one]);

    expect(read).to.deep.equal([copy, two]);
    expect([one, copy, two, empty].map((node) => digests.get(node))).to.deep.equal(
      ["one", "one", "two", ""].map(sha256),
    );
  });

  it("learns from bodies that others read, small and large", async () => {
    const digests = new FileDigests({ forEachContent: () => Promise.resolve() });
    const [small, large] = [file("small"), file("large")];
    const body = {
      size: 5,
      whole: undefined,
      async *[Symbol.asyncIterator]() {
        yield await Promise.resolve(Buffer.from("lar"));
        yield Buffer.from("ge");
      },
    };

    const watched = digests.watch(large, body);
    expect(digests.watch(small, bodyOf(Buffer.from("small"))).whole).to.deep.equal(
      Buffer.from("small"),
    );
    expect(digests.get(large)).to.equal(undefined);
    expect(String(await collect(watched))).to.equal("large");

    expect([small, large].map((node) => digests.get(node))).to.deep.equal(
      ["small", "large"].map(sha256),
    );
    expect(digests.watch(large, body)).to.equal(body);
  });
});

function sha256(text: string): string {
  return createHash("sha256").update(text).digest("hex");
}
