import { lstatSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { expect } from "chai";
import * as fc from "fast-check";
import { compareNames } from "../../src/filetree/name.ts";
import type { LeafNode } from "../../src/filetree/node.ts";
import { FileTree } from "../../src/filetree/tree.ts";
import { Contents } from "../../src/layer/contents.ts";
import { syncDirectory } from "../../src/rootfs/sync-directory.ts";
import { makeTemporaryDirectory } from "../support/temporary-directory.ts";
import { file, link, treeOf } from "../support/tree.ts";

const names = fc.constantFrom("a", "b", "c", "d");
const paths = fc.array(names, { minLength: 1, maxLength: 3 }).map((parts) => parts.join("/"));
const modes = fc.constantFrom(0o644, 0o755, 0o600);
const entries: fc.Arbitrary<LeafNode | number> = fc.oneof(
  fc.constantFrom(0o755, 0o700),
  fc.tuple(fc.string({ maxLength: 4 }), modes).map(([text, mode]) => file(text, { mode })),
  paths.map(link),
);
const trees = fc.dictionary(paths, entries, { maxKeys: 8 }).map((all) => treeOf({ ...all }));

/** One line per file in `directory`: path, type with mode, time, and text. */
function facts(directory: string): string[] {
  const found = readdirSync(directory, { recursive: true, encoding: "utf8" });
  return found.toSorted(compareNames).map((name) => {
    const path = `${directory}/${name}`;
    const { mode, mtimeMs } = lstatSync(path);
    const text = lstatSync(path).isFile() ? readFileSync(path, "utf8") : "";
    return [name, mode.toString(8), mtimeMs, text].join(" ");
  });
}

describe("rootfs/sync-directory", () => {
  it("makes from one tree what it makes from nothing", async () => {
    await using place = await makeTemporaryDirectory();
    await using contents = new Contents(place.path);
    let count = 0;
    const empty = new FileTree();
    await fc.assert(
      fc.asyncProperty(trees, trees, async (from, to) => {
        count += 1;
        const [changed, fresh] = [place.join(`changed${count}`), place.join(`fresh${count}`)];
        for (const directory of [changed, fresh]) mkdirSync(directory);

        await syncDirectory(changed, { from: empty, to: from }, contents);
        await syncDirectory(changed, { from, to }, contents);
        await syncDirectory(fresh, { from: empty, to }, contents);

        expect(facts(changed)).to.deep.equal(facts(fresh));
      }),
      { numRuns: 60 },
    );
  });

  it("touches nothing that both trees share", async () => {
    await using place = await makeTemporaryDirectory();
    await using contents = new Contents(place.path);
    const from = treeOf({ "d/kept": file("kept"), other: file("other") });
    await syncDirectory(place.path, { from: new FileTree(), to: from }, contents);
    writeFileSync(place.join("d/kept"), "written by somebody else");
    const to = from.fork();
    to.setLeaf("new", file("new"));

    await syncDirectory(place.path, { from, to }, contents);

    expect(readFileSync(place.join("d/kept"), "utf8")).to.equal("written by somebody else");
    expect(readFileSync(place.join("new"), "utf8")).to.equal("new");
  });
});
