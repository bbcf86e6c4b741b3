import { existsSync, readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { kindFolders, packagesIn } from "../../tasks/catalog.ts";
import type { StepAction, Task } from "../pipeline/tekton/manifests.ts";
import { readManifests } from "../pipeline/tekton/read-manifests.ts";

const root = path.resolve(import.meta.dirname, "../..");

/** A Task or a StepAction in the catalog's layout, and the files beside it. */
export interface Package<Kind> {
  readonly name: string;
  readonly version: string;
  readonly manifest: Kind;
  /** The text of a file of the package, by its path in it; undefined where there is none. */
  readonly read: (file: string) => string | undefined;
  /** The folder of the package, from the root of the repository. */
  readonly folder: string;
  readonly samples: readonly Sample[];
}

/** A file of manifests that shows a use of the package. */
export interface Sample {
  readonly file: string;
  /** What the comment at its head says first. */
  readonly about: string;
}

/** All Tasks of the repository. */
export const taskPackages = readPackages<Task>(kindFolders.task);

/** All StepActions of the repository. */
export const stepActionPackages = readPackages<StepAction>(kindFolders.stepaction);

/** The package with this name. */
export function packageOf<Kind>(packages: readonly Package<Kind>[], name: string): Package<Kind> {
  const found = packages.find((each) => each.name === name);
  if (found === undefined) throw new Error(`there is no package ${name}`);
  return found;
}

function readPackages<Kind>(folder: string): readonly Package<Kind>[] {
  return packagesIn(path.join(root, folder)).map(({ directory, file, name, version }) => {
    const [manifest] = readManifests(readFileSync(file, "utf8"));
    const read = (inside: string): string | undefined => {
      const found = path.join(directory, inside);
      return existsSync(found) ? readFileSync(found, "utf8") : undefined;
    };
    const inRepository = path.relative(root, directory);
    const samples = samplesIn(path.join(directory, "samples"));
    return { name, version, manifest: manifest as Kind, read, folder: inRepository, samples };
  });
}

/** The samples of a folder, which may not be there. */
export function samplesIn(folder: string): readonly Sample[] {
  const files = existsSync(folder) ? readdirSync(folder).toSorted() : [];
  return files.map((file) => {
    const text = readFileSync(path.join(folder, file), "utf8");
    const comment = /^(?:#[^\n]*\n)+/.exec(text)?.[0].replace(/^# ?/gm, "").replaceAll("\n", " ");
    return { file, about: /^.*?[.:](?= |$)/.exec(comment ?? "")?.[0].replace(/:$/, ".") ?? "" };
  });
}
