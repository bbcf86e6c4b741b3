import type { Owner } from "../filetree/copy.ts";
import { resolvePath } from "../filetree/resolve.ts";
import type { FileTree } from "../filetree/tree.ts";
import type { Contents } from "../layer/contents.ts";
import { type Accounts, parseAccounts, resolveOwner } from "./accounts.ts";
import type { StepScope } from "./scope.ts";

/** Larger account files than this (bytes) are treated as absent. */
const sizeLimit = 16 << 20;

/** The users and groups of a stage's own /etc/passwd and /etc/group; none where they are missing. */
export async function accountsOf(tree: FileTree, contents: Contents): Promise<Accounts> {
  const [passwd, group] = await Promise.all([
    readText(tree, "etc/passwd", contents),
    readText(tree, "etc/group", contents),
  ]);
  return parseAccounts(passwd, group);
}

/** The owner that `--chown` or USER names, by the accounts of `files`: the stage's own by default. */
export async function ownerOf(text: string, scope: StepScope, files?: FileTree): Promise<Owner> {
  const tree = files ?? (await scope.state.tree());
  const accounts = await accountsOf(tree, scope.build.ports.contents);
  const { owner, unknown } = resolveOwner(text, accounts);
  if (unknown !== undefined) {
    scope.build.ports.log.warn("the image does not know this owner, 0 is used instead", {
      name: unknown,
      line: scope.location.firstLine,
    });
  }
  return owner;
}

async function readText(tree: FileTree, path: string, contents: Contents): Promise<string> {
  const { node } = resolvePath(tree, path);
  if (node?.type !== "file" || node.size > sizeLimit) return "";
  const chunks: Uint8Array[] = [];
  for await (const chunk of await contents.open(node)) chunks.push(chunk);
  return Buffer.concat(chunks).toString("utf8");
}
