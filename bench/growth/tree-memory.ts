// `node --expose-gc bench/growth/tree-memory.ts FILES`: prints the bytes of memory that a FileTree of so many files takes.

import type { LayerSource } from "../../src/filetree/node.ts";
import { FileTree } from "../../src/filetree/tree.ts";
import { digestOf } from "../../src/image/digest.ts";

const files = Number(process.argv[2]);
const filesPerDirectory = 10;

const layer: LayerSource = {
  descriptor: { mediaType: "", digest: digestOf(""), size: 0 },
  open: () => Promise.reject(new Error("nothing reads it")),
};

// The first tree is for what is compiled and allocated once.
treeOf(files / 10);
const before = memoryInUse();
const tree = treeOf(files);
const after = memoryInUse();
// The tree is used once more, so that it is not given up before it is measured.
process.stdout.write(`${tree.get("srv") === undefined ? 0 : after - before}\n`);

function treeOf(count: number): FileTree {
  const made = new FileTree();
  for (let file = 0; file < count; file += 1) {
    const directory = Math.floor(file / filesPerDirectory);
    made.setLeaf(`srv/${Math.floor(directory / 100)}/directory-${directory}/file-${file}.js`, {
      type: "file",
      mode: 0o644,
      uid: 0,
      gid: 0,
      mtime: { seconds: 1_700_000_000 + file, nanoseconds: 0 },
      size: file,
      content: { kind: "layer", layer, offset: file * 1024 },
    });
  }
  return made;
}

function memoryInUse(): number {
  globalThis.gc?.();
  const { heapUsed, external, arrayBuffers } = process.memoryUsage();
  return heapUsed + external + arrayBuffers;
}
