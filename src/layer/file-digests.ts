import { createHash } from "node:crypto";
import type { FileContent, FileNode } from "../filetree/node.ts";
import type { Contents } from "./contents.ts";
import type { FileBody } from "./file-body.ts";

/** The sha256 of nothing, in hex. */
const emptyDigest = createHash("sha256").digest("hex");

/** The sha256 of files' contents in hex, each found out once. */
export class FileDigests {
  readonly #contents: Pick<Contents, "forEachContent">;
  readonly #known = new WeakMap<FileContent, string>();

  constructor(contents: Pick<Contents, "forEachContent">) {
    this.#contents = contents;
  }

  /** Says what the digest of a content is. */
  set({ content }: FileNode, digest: string): void {
    this.#known.set(content, digest);
  }

  /** The digest of a file's content; undefined where nobody has asked for it before. */
  get({ content }: FileNode): string | undefined {
    return content.kind === "empty" ? emptyDigest : this.#known.get(content);
  }

  /**
   * Finds out the digests of all of `nodes`, those in layers by reading each layer once.
   *
   * @throws what reading contents throws.
   */
  async find(nodes: Iterable<FileNode>): Promise<void> {
    const unknown = new Map<FileContent, FileNode>();
    for (const node of nodes) {
      if (this.get(node) === undefined) unknown.set(node.content, node);
    }
    await this.#contents.forEachContent(unknown.values(), async (node, body) => {
      const hash = createHash("sha256");
      for await (const chunk of body.whole === undefined ? body : [body.whole]) hash.update(chunk);
      this.set(node, hash.digest("hex"));
    });
  }

  /** `body`, which is the content of `node`; its digest is known when it has been read. */
  watch(node: FileNode, body: FileBody): FileBody {
    if (this.get(node) !== undefined) return body;
    const { size, whole } = body;
    if (whole === undefined) {
      return { size, whole, [Symbol.asyncIterator]: () => this.#watched(node, body) };
    }
    this.set(node, createHash("sha256").update(whole).digest("hex"));
    return body;
  }

  async *#watched(node: FileNode, body: FileBody): AsyncGenerator<Uint8Array> {
    const hash = createHash("sha256");
    for await (const chunk of body) {
      hash.update(chunk);
      yield chunk;
    }
    this.set(node, hash.digest("hex"));
  }
}
