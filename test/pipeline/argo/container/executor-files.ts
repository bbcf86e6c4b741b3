import { chmod, cp, lchown, mkdir, symlink, writeFile } from "node:fs/promises";
import path from "node:path";
import type { Artifact } from "../manifest.ts";

/** Leaves in /var/run/argo what the init container does, but the 90 MB of its program. */
export async function writeExecutorFiles(directory: string, template: string): Promise<void> {
  await writeWithMode(path.join(directory, "argoexec"), "no program\n", 0o555);
  await writeWithMode(path.join(directory, "template"), template, 0o444);
  for (const name of ["ctr", "ctr/main"]) {
    await mkdir(path.join(directory, name));
    await chmod(path.join(directory, name), 0o777);
  }
}

/**
 * Puts an input artifact at a path of this machine: a raw one, or what `sources` has by its name. An
 * artifact of the executor is root's, and all may write to it.
 *
 * @throws Error when there is nothing for it.
 */
export async function writeArtifact(
  target: string,
  { name, raw, mode = 0o666 }: Artifact,
  sources: Readonly<Record<string, string>>,
): Promise<void> {
  await mkdir(path.dirname(target), { recursive: true });
  if (raw !== undefined) return writeWithMode(target, raw.data, mode);
  const source = sources[name];
  if (source === undefined) throw new Error(`artifact ${name} has no directory here`);
  await cp(source, target, { recursive: true, verbatimSymlinks: true });
}

/** Makes a symlink in a directory that stands for the root of a container. */
export async function writeLink(file: string, target: string, owner: number): Promise<void> {
  await mkdir(path.dirname(file), { recursive: true });
  await symlink(target, file);
  await lchown(file, owner, owner);
}

async function writeWithMode(file: string, text: string, mode: number): Promise<void> {
  await writeFile(file, text);
  await chmod(file, mode);
}
