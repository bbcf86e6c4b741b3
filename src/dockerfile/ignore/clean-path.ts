import { posix } from "node:path";

/** Returns the shortest path equal to `path` by its text: without `.`, inner `..`, extra slashes. */
export function cleanPath(path: string): string {
  const normal = posix.normalize(path);
  return normal.length > 1 && normal.endsWith("/") ? normal.slice(0, -1) : normal;
}
