import { readFileSync } from "node:fs";
import { compareNames, fsPath } from "../../src/filetree/name.ts";
import type { FileNode, TreeNode } from "../../src/filetree/node.ts";
import { type FileTree, joinPath } from "../../src/filetree/tree.ts";
import { withLentPermissions } from "../../src/layer/lent-permissions.ts";

/**
 * One line per path that is not the same node in `before`, in the order of names:
 * `path type mode uid:gid` with a file's text or a link's target, or `path gone`.
 */
export function changesIn(after: FileTree, before: FileTree): string[] {
  const lines: string[] = [];
  const compare = (path: string, was: TreeNode | undefined, is: TreeNode | undefined): void => {
    if (was === is) return;
    if (path !== "") lines.push(is === undefined ? `${path} gone` : `${path} ${describeNode(is)}`);
    if (is === undefined) return;
    const old = childrenOf(was);
    const now = childrenOf(is);
    const names = [...new Set([...old.keys(), ...now.keys()])].toSorted(compareNames);
    for (const name of names) compare(joinPath(path, name), old.get(name), now.get(name));
  };
  compare("", before.root, after.root);
  return lines;
}

function childrenOf(node: TreeNode | undefined): ReadonlyMap<string, TreeNode> {
  return node?.type === "directory" ? node.children : new Map<string, TreeNode>();
}

function describeNode(node: TreeNode): string {
  const facts = [node.type, node.mode.toString(8), `${node.uid}:${node.gid}`];
  if (node.type === "symlink") facts.push(node.target);
  if (node.type === "character" || node.type === "block") facts.push(`${node.major},${node.minor}`);
  if (node.type === "file" && node.size <= 100) facts.push(JSON.stringify(textOf(node)));
  return facts.join(" ");
}

/** The text of a file whose content is at hand. */
function textOf({ content }: FileNode): string {
  if (content.kind === "local") {
    const { path } = content;
    return withLentPermissions(path, () => readFileSync(fsPath(path), "utf8"));
  }
  return content.kind === "inline" ? Buffer.from(content.bytes).toString("utf8") : "";
}
