import { chmodSync, lchownSync, mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import path from "node:path";

/** A file that the kubelet makes of a Secret, a ConfigMap and the like. */
export interface KubeletFile {
  /** Its path in the volume. */
  readonly path: string;
  readonly text: string;
  readonly mode: number;
}

const version = "..2026_01_02_03_04_05.0123456789";

/**
 * Writes files into `directory`, which is empty, as the kubelet does: they are in a directory that
 * `..data` leads to, and each name beside it is a link that leads through `..data`. All is `owner`'s.
 */
export function writeKubeletFiles(
  directory: string,
  files: readonly KubeletFile[],
  owner: number,
): void {
  const own = (file: string): void => lchownSync(file, owner, owner);
  const makeDirectory = (made: string): void => {
    mkdirSync(made, { recursive: true });
    own(made);
  };
  makeDirectory(path.join(directory, version));
  for (const { path: name, text, mode } of files) {
    const file = path.join(directory, version, name);
    if (path.dirname(name) !== ".") makeDirectory(path.dirname(file));
    writeFileSync(file, text);
    chmodSync(file, mode);
    own(file);
  }
  const link = (name: string, target: string): void => {
    symlinkSync(target, path.join(directory, name));
    own(path.join(directory, name));
  };
  link("..data", version);
  const names = new Set(files.map((file) => file.path.split("/")[0] ?? ""));
  for (const name of names) link(name, `..data/${name}`);
}
