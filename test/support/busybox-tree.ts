import { statSync } from "node:fs";
import type { LeafNode } from "../../src/filetree/node.ts";
import type { FileTree } from "../../src/filetree/tree.ts";
import { file, link, treeOf } from "./tree.ts";

const busybox = "/bin/busybox";
const applets = ["cat", "chmod", "chown", "cp", "echo", "grep", "head", "id", "ip", "ln", "ls"];
const moreApplets = [
  "mkdir",
  "mkfifo",
  "mv",
  "nc",
  "ps",
  "rm",
  "sh",
  "sleep",
  "stat",
  "touch",
  "true",
];

/** A root in which a shell runs: Debian's busybox-static, and `entries` as of `treeOf`. */
export function busyboxTree(entries: Readonly<Record<string, LeafNode | number>> = {}): FileTree {
  const links = [...applets, ...moreApplets].map((name) => [`bin/${name}`, link("busybox")]);
  const size = statSync(busybox).size;
  const content = { kind: "local", path: busybox } as const;
  return treeOf({
    "bin/busybox": file("", { mode: 0o755, size, content }),
    ...(Object.fromEntries(links) as Record<string, LeafNode>),
    ...entries,
  });
}
