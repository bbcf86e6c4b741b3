import { type BigIntStats, lstatSync, readdirSync } from "node:fs";
import { setImmediate } from "node:timers/promises";
import { decodeName, fsPath } from "../filetree/name.ts";
import { joinPath } from "../filetree/tree.ts";
import { lendPermissionsOf } from "../layer/lent-permissions.ts";

/** Called with a path below a directory (empty for itself), its absolute path and its status. */
export type VisitFile = (path: string, file: string, stats: BigIntStats) => void;

/**
 * Visits `directory` and everything below it, directories before what they hold. Follows no link.
 * Uploads and other stages get their turn meanwhile.
 */
export async function walkDirectory(directory: string, visit: VisitFile): Promise<void> {
  await new Walk(directory, visit).go("");
}

const filesPerTurn = 1000;

class Walk {
  readonly #directory: string;
  readonly #visit: VisitFile;
  #seen = 0;

  constructor(directory: string, visit: VisitFile) {
    this.#directory = directory;
    this.#visit = visit;
  }

  async go(path: string): Promise<void> {
    const file = path === "" ? this.#directory : joinPath(this.#directory, path);
    const stats = lstatSync(fsPath(file), { bigint: true });
    this.#visit(path, file, stats);
    this.#seen += 1;
    if (this.#seen % filesPerTurn === 0) await setImmediate();
    if (!stats.isDirectory()) return;
    using lent = new DisposableStack();
    lent.use(lendPermissionsOf(file, stats));
    for (const name of readdirSync(fsPath(file), { encoding: "buffer" })) {
      await this.go(joinPath(path, decodeName(name)));
    }
  }
}
