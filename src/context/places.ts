import { join, relative, resolve } from "node:path";

/** Where paths of the user may start; absolute. */
export interface Starts {
  readonly workingDirectory: string;
  /** The workspace of a pipeline. */
  readonly workspace?: string | undefined;
}

/**
 * The absolute paths that `path` may mean, in the order to try them. In a workspace an absolute path is
 * first one from its root, since kaniko's Task puts the workspace before whatever it is given.
 */
export function placesOf(path: string, { workingDirectory, workspace }: Starts): readonly string[] {
  const plain = resolve(workingDirectory, path);
  if (workspace === undefined || isInside(workspace, path)) return [plain];
  return [...new Set([resolve(join(workspace, path)), plain])];
}

/** Whether an absolute path says the workspace itself. */
function isInside(workspace: string, path: string): boolean {
  return path.startsWith("/") && !relative(workspace, path).startsWith("..");
}
