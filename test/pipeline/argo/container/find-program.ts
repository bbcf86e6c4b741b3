import { existsSync, lstatSync } from "node:fs";
import path from "node:path";

/**
 * Finds a program as the emissary does: a name without a slash is looked for in PATH, in the root
 * that the layers make. Gives its path in the container.
 */
export function findProgram(
  name: string,
  searchPath: string,
  layers: readonly string[],
): string | undefined {
  const isThere = (file: string): boolean =>
    layers.some((layer) => {
      const place = path.join(layer, file);
      // Where an absolute symlink leads to is another place here.
      return existsSync(place) || lstatSync(place, { throwIfNoEntry: false }) !== undefined;
    });
  if (name.includes("/")) return isThere(name) ? name : undefined;
  return searchPath
    .split(":")
    .map((directory) => path.join(directory, name))
    .find(isThere);
}
