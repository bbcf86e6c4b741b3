import { fetchGit, findGitId } from "../../context/git/fetch-git.ts";
import { isCommitId } from "../../context/git/ref.ts";
import { fetchHttp, fileNameOf } from "../../context/http-source.ts";
import type { RemoteAccess } from "../../context/remote-access.ts";
import type { GitSource } from "../../dockerfile/git-url.ts";
import type { FileTime } from "../../filetree/node.ts";
import { FileTree } from "../../filetree/tree.ts";
import type { AddSource } from "../../plan/copy-sources.ts";

type HttpSource = Extract<AddSource, { readonly kind: "http" }>;

/** A file that has been downloaded, in a tree that holds nothing else. */
export interface DownloadedFile {
  readonly tree: FileTree;
  /** Its name: the last part of the URL's path. */
  readonly path: string;
  readonly digest: string;
}

/** What ADD takes from elsewhere, each fetched once. */
export class RemoteFiles {
  readonly #access: RemoteAccess;
  readonly #time: FileTime;
  readonly #downloads = new Map<string, Promise<DownloadedFile>>();
  readonly #repositories = new Map<string, Promise<FileTree>>();
  readonly #ids = new Map<string, Promise<string>>();

  /** `time` is that of files that are checked out. */
  constructor(access: RemoteAccess, time: FileTime) {
    this.#access = access;
    this.#time = time;
  }

  /** The files of a repository; throws what `fetchGit` throws. */
  repository(git: GitSource): Promise<FileTree> {
    return once(this.#repositories, JSON.stringify(git), async () => {
      const { tree } = await fetchGit(git, this.#access, this.#time);
      return tree;
    });
  }

  /** The id of the commit that is meant, or of a tag that leads to it. The repository is not fetched for that. */
  commit(git: GitSource): Promise<string> {
    const known = [git.checksum, git.ref].find((id) => id !== undefined && isCommitId(id));
    if (known !== undefined) return Promise.resolve(known);
    return once(this.#ids, JSON.stringify(git), () => findGitId(git, this.#access));
  }

  /**
   * A file from the web: mode octal 600, root's, its time that of the server or 1970. Throws what `fetchHttp`
   * throws.
   */
  download({ url, checksum }: HttpSource): Promise<DownloadedFile> {
    return once(this.#downloads, JSON.stringify([url, checksum]), async () => {
      const {
        path: file,
        size,
        lastModified,
        digest,
      } = await fetchHttp(url, this.#access, checksum);
      const tree = new FileTree();
      const path = fileNameOf(url);
      tree.setLeaf(path, {
        type: "file",
        mode: 0o600,
        uid: 0,
        gid: 0,
        mtime: lastModified ?? { seconds: 0, nanoseconds: 0 },
        size,
        content: size === 0 ? { kind: "empty" } : { kind: "local", path: file },
      });
      return { tree, path, digest };
    });
  }

  /** The digest of a file from the web, which is not fetched where its checksum is given. */
  async digest(source: HttpSource): Promise<string> {
    return source.checksum ?? (await this.download(source)).digest;
  }
}

function once<T>(made: Map<string, Promise<T>>, key: string, make: () => Promise<T>): Promise<T> {
  let result = made.get(key);
  if (result === undefined) {
    result = make();
    result.catch(() => undefined);
    made.set(key, result);
  }
  return result;
}
