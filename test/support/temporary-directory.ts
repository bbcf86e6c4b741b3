import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";

/** A directory that is removed, with all it holds, when it is disposed. */
export interface TemporaryDirectory extends AsyncDisposable {
  readonly path: string;
  /** The path of something in it. */
  join(...names: string[]): string;
}

/** Makes an empty directory in the system's temporary directory. */
export async function makeTemporaryDirectory(): Promise<TemporaryDirectory> {
  const directory = await mkdtemp(path.join(tmpdir(), "slipway-test-"));
  return {
    path: directory,
    join: (...names) => path.join(directory, ...names),
    [Symbol.asyncDispose]: () => rm(directory, { recursive: true, force: true }),
  };
}
