import type { KeyPart } from "../../cache/cache-key.ts";
import { fileNameOf } from "../../context/http-source.ts";
import type { AddInstruction } from "../../dockerfile/instruction.ts";
import { addArchive } from "../../filetree/add-archive.ts";
import { copyInto } from "../../filetree/copy.ts";
import { resolvePath } from "../../filetree/resolve.ts";
import { FileTree } from "../../filetree/tree.ts";
import { readArchive } from "../../layer/archive.ts";
import { type AddSource, readAddSources } from "../../plan/copy-sources.ts";
import { type CopyRequest, copyStep, readCopyRequest } from "../copy/request.ts";
import {
  contextOf,
  type FoundSource,
  findSources,
  loadSources,
  neededOf,
  plainSource,
} from "../copy/sources.ts";
import type { IdentifyFiles, LayerStep } from "../layer-step.ts";
import type { StepScope } from "../scope.ts";

/**
 * ADD: like COPY from the build context, but a local file that is a tar archive, compressed or not,
 * is unpacked into the destination, which then is a directory; and sources may be URLs and git
 * repositories.
 */
export function stepAdd(instruction: AddInstruction, scope: StepScope): LayerStep {
  const written = readCopyRequest(instruction, scope);
  const checksum = scope.expandOptional(instruction.checksum);
  const sources = readAddSources(written.sources, instruction, checksum);
  return copyStep({ instruction, request: written }, scope, {
    identify: (identify) =>
      Promise.all(
        sources.map((source) => identifySource(source, { request: written, scope, identify })),
      ),
    copy: async (target, request) => {
      for (const source of sources) {
        const { tree, found, isUnpacked } = await open(source, request, scope);
        for (const { path, selection } of found) {
          const isWanted = instruction.unpack ?? isUnpacked;
          const archive = isWanted ? await archiveAt(path, tree, scope) : undefined;
          if (archive !== undefined) addArchive(target, archive, request);
          else copyInto(target, { ...request, source: tree, path, selection });
        }
      }
    },
  });
}

/** What stands for a source: of a repository its commit, of a download and of files their content. */
async function identifySource(
  source: AddSource,
  { request, scope, identify }: IdentifiedSource,
): Promise<KeyPart> {
  const { remote } = scope.build;
  if (source.kind === "git") {
    const { subdirectory = "", keepGitDir = false, submodules = true, mtime = "" } = source.git;
    const commit = await remote.commit(source.git);
    return { commit, subdirectory, keepGitDir, submodules, mtime };
  }
  if (source.kind === "http") {
    return { name: fileNameOf(source.url), digest: await remote.digest(source) };
  }
  const pattern = plainSource(source.path);
  return identify({
    source: { from: undefined, patterns: [neededOf(pattern)] },
    take: (tree) => {
      const target = new FileTree();
      const plain = { ...request, mode: undefined };
      for (const { path, selection } of findSources(
        pattern,
        { tree, description: "" },
        request.selection,
      )) {
        copyInto(target, { ...plain, source: tree, path, selection });
      }
      return target;
    },
  });
}

interface IdentifiedSource {
  readonly request: CopyRequest;
  readonly scope: StepScope;
  readonly identify: IdentifyFiles;
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
    const tree = await scope.build.remote.repository(source.git);
    return { tree, found: [{ path: "", selection }], isUnpacked: false };
  }
  if (source.kind === "http") {
    const { tree, path } = await scope.build.remote.download(source);
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
