import { chompHeredoc, readHeredocWord } from "../dockerfile/grammar/heredocs.ts";
import type { InlineFile, RunInstruction } from "../dockerfile/instruction.ts";
import type { FileNode, FileTime } from "../filetree/node.ts";
import { FileTree } from "../filetree/tree.ts";

/** Where the body of a heredoc that is a program of its own appears to its RUN. */
export const scriptDirectory = "/dev/pipes";

/** A heredoc that is a program of its own. */
interface Script {
  readonly name: string;
  readonly text: string;
}

/** What the heredocs of a RUN make of its command. */
export interface HeredocCommand {
  /** The words, as a command in shell form has them. */
  readonly args: readonly string[];
  /** A program to be put into `scriptDirectory`. */
  readonly script: Script | undefined;
}

/**
 * The command of a RUN with heredocs (reference: BuildKit's frontend). A lone heredoc is the
 * command itself, run by the shell, or directly where it begins with `#!`; otherwise the shell gets
 * the whole text and handles the heredocs.
 */
export function heredocCommand(instruction: RunInstruction): HeredocCommand {
  const [first] = instruction.heredocs;
  const line = instruction.args.join(" ");
  if (first === undefined) return { args: instruction.args, script: undefined };
  if (readHeredocWord(line) === undefined) {
    const bodies = instruction.heredocs.map(({ data, name }) => `\n${data}${name}`);
    return { args: [line + bodies.join("")], script: undefined };
  }
  const text = first.chomp ? chompHeredoc(first.data) : first.data;
  if (!first.data.startsWith("#!")) return { args: [text], script: undefined };
  const { name } = first;
  return { args: [`${scriptDirectory}/${name}`], script: { name, text } };
}

/** A directory that holds a script, mode octal 755, root's. */
export function scriptFiles({ name, text }: Script, time: FileTime): FileTree {
  const tree = new FileTree();
  tree.setLeaf(name, inlineFile(text, { mode: 0o755, time }));
  return tree;
}

/** The files that stand in a COPY or ADD, as a tree: mode octal 644, root's. */
export function inlineFiles(
  files: readonly InlineFile[],
  expandBody: (body: string) => string,
  time: FileTime,
): FileTree {
  const tree = new FileTree();
  for (const { name, data, expand } of files) {
    tree.setLeaf(name, inlineFile(expand ? expandBody(data) : data, { mode: 0o644, time }));
  }
  return tree;
}

function inlineFile(text: string, { mode, time }: { mode: number; time: FileTime }): FileNode {
  const bytes = Buffer.from(text, "utf8");
  return {
    type: "file",
    mode,
    uid: 0,
    gid: 0,
    mtime: time,
    size: bytes.length,
    content: bytes.length === 0 ? { kind: "empty" } : { kind: "inline", bytes },
  };
}
