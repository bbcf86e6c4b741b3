import { closeSync, constants, openSync, readSync } from "node:fs";
import { fsPath } from "../filetree/name.ts";
import type { Contents } from "../layer/contents.ts";
import { withLentPermissions } from "../layer/lent-permissions.ts";
import type { DoubtfulFile } from "./tree-scan.ts";

const chunkBytes = 256 * 1024;

/** Whether the regular files at two absolute paths hold the same bytes. */
export function sameBytes(a: string, b: string): boolean {
  return withFile(a, (first) => withFile(b, (second) => sameRest(first, second)));
}

/** Whether the regular file at the absolute path `file` holds the bytes of `body`. */
async function holdsBytes(file: string, body: AsyncIterable<Uint8Array>): Promise<boolean> {
  const descriptor = openFile(file);
  let same = true;
  try {
    for await (const chunk of body) {
      same = readExactly(descriptor, chunk.length).equals(chunk);
      if (!same) break;
    }
    return same && readExactly(descriptor, 1).length === 0;
  } finally {
    closeSync(descriptor);
  }
}

/** Those of `doubtful` whose bytes are as before. */
export async function unchangedFiles(
  doubtful: readonly DoubtfulFile[],
  contents: Pick<Contents, "forEachContent">,
): Promise<ReadonlySet<DoubtfulFile>> {
  const byNode = new Map(doubtful.map((doubt) => [doubt.before, doubt]));
  const same = new Set<DoubtfulFile>();
  await contents.forEachContent(byNode.keys(), async (node, body) => {
    const doubt = byNode.get(node);
    if (doubt !== undefined && (await holdsBytes(doubt.file, body))) same.add(doubt);
  });
  return same;
}

function sameRest(a: number, b: number): boolean {
  for (;;) {
    const bytes = readExactly(a, chunkBytes);
    if (!readExactly(b, chunkBytes).equals(bytes)) return false;
    if (bytes.length < chunkBytes) return true;
  }
}

/** The next `count` bytes, fewer only at the end of the file. */
function readExactly(descriptor: number, count: number): Buffer {
  const bytes = Buffer.allocUnsafe(count);
  let got = 0;
  while (got < count) {
    const read = readSync(descriptor, bytes, got, count - got, null);
    if (read === 0) break;
    got += read;
  }
  return bytes.subarray(0, got);
}

function withFile<T>(file: string, use: (descriptor: number) => T): T {
  const descriptor = openFile(file);
  try {
    return use(descriptor);
  } finally {
    closeSync(descriptor);
  }
}

function openFile(file: string): number {
  const flags = constants.O_RDONLY | constants.O_NOFOLLOW;
  return withLentPermissions(file, () => openSync(fsPath(file), flags));
}
