import { cpSync, globSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { kindFolders, packagesIn } from "./catalog.ts";

/**
 * Writes the manifests of the repository at `root` to `directory`, each with what belongs to it, as
 * Tekton's catalog and Artifact Hub want them: `task/<name>/<version>/<name>.yaml`, `stepaction/` likewise, and
 * `workflows/<name>/<version>/`. `change` gives the text in place of a manifest's.
 */
export function writeManifests(
  root: string,
  directory: string,
  change: (text: string) => string,
): void {
  for (const [kind, folder] of Object.entries(kindFolders)) {
    const target = path.join(directory, kind);
    for (const found of packagesIn(path.join(root, folder))) {
      const copy = path.join(target, found.name, found.version);
      cpSync(found.directory, copy, { recursive: true });
      rewrite(path.join(copy, path.basename(found.file)), change);
    }
    copyRepositoryFile(path.join(root, folder), target);
  }
  const workflows = path.join(directory, "workflows");
  cpSync(path.join(root, "workflows"), workflows, { recursive: true });
  for (const found of globSync("*/*/*.yaml", { cwd: workflows })) {
    rewrite(path.join(workflows, found), change);
  }
}

/** What Artifact Hub reads of a repository as a whole. */
function copyRepositoryFile(source: string, target: string): void {
  cpSync(path.join(source, "artifacthub-repo.yml"), path.join(target, "artifacthub-repo.yml"));
}

function rewrite(file: string, change: (text: string) => string): void {
  writeFileSync(file, change(readFileSync(file, "utf8")));
}
