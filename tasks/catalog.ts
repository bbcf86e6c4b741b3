import { globSync, readFileSync } from "node:fs";
import path from "node:path";
import { parse } from "yaml";

/** A package of Tekton's catalog: a folder `<name>/<version>` that holds `<name>.yaml`. */
export interface CatalogPackage {
  readonly name: string;
  readonly version: string;
  /** The folder, absolute. */
  readonly directory: string;
  /** The manifest's file, absolute. */
  readonly file: string;
}

/** A manifest as it is published. */
export interface Resource {
  readonly name: string;
  readonly version: string;
  readonly kind: string;
  readonly apiVersion: string;
  readonly text: string;
}

/** The folders below the root of the repository whose packages are one kind of manifest each. */
export const kindFolders = { task: "tasks", stepaction: "tasks/stepactions" } as const;

/** The packages in `folder`, by name and version. */
export function packagesIn(folder: string): readonly CatalogPackage[] {
  return globSync("*/*/*.yaml", { cwd: folder })
    .toSorted()
    .flatMap((found) => {
      const [name = "", version = "", file] = found.split(path.sep);
      const directory = path.join(folder, name, version);
      return file === `${name}.yaml`
        ? [{ name, version, directory, file: path.join(directory, file) }]
        : [];
    });
}

/** The manifest of a package; `change` gives the text that is published in place of the file's. */
export function readResource(
  { file, version }: CatalogPackage,
  change: (text: string) => string,
): Resource {
  const text = change(readFileSync(file, "utf8"));
  const { apiVersion, kind, metadata } = parse(text) as {
    readonly apiVersion: string;
    readonly kind: string;
    readonly metadata: { readonly name: string };
  };
  return { name: metadata.name, version, kind, apiVersion, text };
}
