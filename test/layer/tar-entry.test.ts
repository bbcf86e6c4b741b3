import { expect } from "chai";
import type { FileContent } from "../../src/filetree/node.ts";
import { layerEntryOf, nodeOf } from "../../src/layer/tar-entry.ts";
import type { TarHeader } from "../../src/layer/tar-header.ts";
import { errorOf } from "../support/error-of.ts";
import { someTime } from "../support/tree.ts";

const content: FileContent = { kind: "local", path: "/somewhere" };
const metadata = { mode: 0o640, uid: 1, gid: 2, mtime: someTime };
const header: TarHeader = {
  ...metadata,
  type: "file",
  name: "a",
  linkName: "",
  size: 5,
  major: 8,
  minor: 1,
};

describe("layer/tar-entry", () => {
  it("makes a node of each type", () => {
    const link = { ...header, type: "symlink", linkName: "../x" } as const;

    expect(nodeOf(header, content)).to.deep.equal({ type: "file", ...metadata, size: 5, content });
    expect(nodeOf(link, content)).to.deep.equal({ type: "symlink", ...metadata, target: "../x" });
    for (const type of ["character", "block"] as const) {
      const device = { type, ...metadata, major: 8, minor: 1 };
      expect(nodeOf({ ...header, type }, content)).to.deep.equal(device);
    }
    for (const type of ["fifo", "directory"] as const) {
      expect(nodeOf({ ...header, type }, content)).to.deep.equal({ type, ...metadata });
    }
  });

  it("keeps extended attributes", () => {
    const xattrs = new Map([["user.a", Buffer.from("1")]]);

    expect(nodeOf({ ...header, xattrs }, content).xattrs).to.equal(xattrs);
  });

  const names: [name: string, entry: object | undefined][] = [
    ["./dir/.wh.gone", { kind: "whiteout", path: "dir/gone" }],
    [".wh.gone", { kind: "whiteout", path: "gone" }],
    ["dir/.wh..wh..opq", { kind: "opaque", path: "dir" }],
    [".wh..wh..opq", { kind: "opaque", path: "" }],
    [".wh..wh.plnk", undefined],
    ["dir/.wh..wh.aufs", undefined],
  ];
  for (const [name, entry] of names) {
    it(`reads ${name} as ${JSON.stringify(entry)}`, () => {
      expect(layerEntryOf({ ...header, name }, content)).to.deep.equal(entry);
    });
  }

  it("reads a hard link as the paths that it connects", () => {
    const link = { ...header, type: "link", name: "./b", linkName: "/c/./d" } as const;

    expect(layerEntryOf(link, content)).to.deep.equal({ kind: "link", path: "b", target: "c/d" });
  });

  for (const name of ["a/.wh.", "a/.wh..", "a/.wh...", "../x", "a/../../.wh.x"]) {
    it(`refuses the name ${name}`, async () => {
      const error = await errorOf(() => layerEntryOf({ ...header, name }, content));

      expect(error.code).to.equal("IMAGE_MALFORMED");
      expect(error.message).to.contain(JSON.stringify(name));
    });
  }

  it("refuses a hard link out of the root", async () => {
    const link = { ...header, type: "link", linkName: "../../etc/shadow" } as const;

    expect((await errorOf(() => layerEntryOf(link, content))).code).to.equal("IMAGE_MALFORMED");
  });
});
