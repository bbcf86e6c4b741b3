import type { AddInstruction } from "../../dockerfile/instruction.ts";
import { addArchive } from "../../filetree/add-archive.ts";
import { copyInto } from "../../filetree/copy.ts";
import { resolvePath } from "../../filetree/resolve.ts";
import type { FileTree } from "../../filetree/tree.ts";
import { readArchive } from "../../layer/archive.ts";
import { type AddSource, readAddSources } from "../../plan/copy-sources.ts";
import { copyInline } from "../copy/inline.ts";
import { download, loadRepository } from "../copy/remote.ts";
import { type CopyRequest, commitCopy, readCopyRequest } from "../copy/request.ts";
import {
  contextOf,
  type FoundSource,
  findSources,
  loadSources,
  plainSource,
} from "../copy/sources.ts";
import type { StepScope } from "../scope.ts";

/**
 * ADD: like COPY from the build context, but a local file that is a tar archive, compressed or not,
 * is unpacked into the destination, which then is a directory; and sources may be URLs and git
 * repositories.
 */
export async function stepAdd(instruction: AddInstruction, scope: StepScope): Promise<void> {
  const request = await readCopyRequest(instruction, scope);
  const checksum = scope.expandOptional(instruction.checksum);
  const sources = readAddSources(request.sources, instruction, checksum);
  await commitCopy(request, scope, async (target) => {
    for (const source of sources) {
      const { tree, found, isUnpacked } = await open(source, request, scope);
      for (const { path, selection } of found) {
        const isWanted = instruction.unpack ?? isUnpacked;
        const archive = isWanted ? await archiveAt(path, tree, scope) : undefined;
        if (archive !== undefined) addArchive(target, archive, request);
        else copyInto(target, { ...request, source: tree, path, selection });
      }
    }
    copyInline(target, instruction, { request, scope });
  });
}

/** A source that can be read. */
interface OpenSource {
  readonly tree: FileTree;
  readonly found: readonly FoundSource[];
  /** Whether archives in it are unpacked when nothing is said. */
  readonly isUnpacked: boolean;
}

async function open(
  source: AddSource,
  { selection }: CopyRequest,
  scope: StepScope,
): Promise<OpenSource> {
  if (source.kind === "git") {
    const tree = await loadRepository(source.git, scope);
    return { tree, found: [{ path: "", selection }], isUnpacked: false };
  }
  if (source.kind === "http") {
    const { tree, path } = await download(source, scope);
    return { tree, found: [{ path, selection: undefined }], isUnpacked: false };
  }
  const pattern = plainSource(source.path);
  const files = await loadSources([pattern], contextOf(scope));
  return { tree: files.tree, found: findSources(pattern, files, selection), isUnpacked: true };
}

async function archiveAt(
  path: string,
  tree: FileTree,
  scope: StepScope,
): Promise<Awaited<ReturnType<typeof readArchive>>> {
  const { node } = resolvePath(tree, path);
  return node?.type === "file" ? readArchive(node, scope.build.ports.contents) : undefined;
}
