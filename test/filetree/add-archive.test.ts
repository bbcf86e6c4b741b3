import { expect } from "chai";
import { addArchive } from "../../src/filetree/add-archive.ts";
import type { LinkEntry, PutEntry } from "../../src/filetree/layer-entry.ts";
import type { FileTree } from "../../src/filetree/tree.ts";
import { errorFrom } from "../support/error-from.ts";
import { file, link, listing, someTime, treeOf } from "../support/tree.ts";

const directory = { type: "directory", mode: 0o700, uid: 3, gid: 4, mtime: someTime } as const;

function put(path: string, node: PutEntry["node"]): PutEntry {
  return { kind: "put", path, node };
}

function add(
  target: FileTree,
  entries: readonly (PutEntry | LinkEntry)[],
  options: { readonly destination?: string; readonly owner?: { uid: number; gid: number } } = {},
): string[] {
  addArchive(target, entries, { destination: "/to", time: someTime, ...options });
  return listing(target);
}

describe("filetree/add-archive", () => {
  it("keeps what the archive says of its members, and makes directories that it does not mention", () => {
    const entries = [
      put("d", directory),
      put("d/f", file("f", { uid: 5, gid: 6 })),
      put("x/y", file("y")),
    ];

    expect(add(treeOf({}), entries)).to.deep.equal([
      "to directory 755 0:0",
      "to/d directory 700 3:4",
      "to/d/f file 644 5:6 f",
      "to/x directory 755 0:0",
      "to/x/y file 644 0:0 y",
    ]);
  });

  it("lets the archive's root say nothing of the destination", () => {
    expect(add(treeOf({ to: 0o711 }), [put("", directory)])).to.deep.equal([
      "to directory 711 0:0",
    ]);
  });

  it("gives all members the owner that is asked for, and those it has to make as well", () => {
    const lines = add(treeOf({}), [put("d", directory), put("l", link("d"))], {
      owner: { uid: 7, gid: 8 },
    });

    expect(lines).to.deep.equal([
      "to directory 755 7:8",
      "to/d directory 700 7:8",
      "to/l -> d 7:8",
    ]);
  });

  it("replaces what is there, but keeps what directories hold", () => {
    const target = treeOf({ "to/d/old": file("o"), "to/f": 0o755, "to/l": link("d") });

    expect(
      add(target, [put("d", directory), put("f", file("f")), put("l", file("l"))]),
    ).to.deep.equal([
      "to directory 755 0:0",
      "to/d directory 700 3:4",
      "to/d/old file 644 0:0 o",
      "to/f file 644 0:0 f",
      "to/l file 644 0:0 l",
    ]);
  });

  it("follows links of the target and of the archive, inside the root only", () => {
    const target = treeOf({ to: link("../../real"), real: 0o755 });

    const lines = add(target, [put("out", link("/../../etc")), put("out/f", file("f"))]);

    expect(lines).to.deep.equal([
      "etc directory 755 0:0",
      "etc/f file 644 0:0 f",
      "real directory 755 0:0",
      "real/out -> /../../etc 0:0",
      "to -> ../../real 0:0",
    ]);
  });

  it("makes hard links of the same file, below the destination", () => {
    const target = treeOf({ f: file("outside") });

    add(target, [put("f", file("inside")), { kind: "link", path: "g", target: "f" }]);

    expect(target.get("to/g")).to.equal(target.get("to/f"));
  });

  const faults: readonly [name: string, entry: PutEntry | LinkEntry, code: string][] = [
    ["a hard link to nothing", { kind: "link", path: "g", target: "none" }, "IMAGE_MALFORMED"],
    ["a member below a file", put("f/x", file("x")), "CONTEXT_UNREADABLE"],
  ];
  for (const [name, entry, code] of faults) {
    it(`refuses ${name}`, () => {
      const target = treeOf({ "to/f": file("f") });

      expect(errorFrom(() => add(target, [entry])).code).to.equal(code);
    });
  }

  it("refuses a destination that is a file", () => {
    const error = errorFrom(() => add(treeOf({ to: file("f") }), [put("x", file("x"))]));

    expect(error.code).to.equal("CONTEXT_UNREADABLE");
  });
});
