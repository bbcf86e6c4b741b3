import { closeSync, fstatSync, openSync } from "node:fs";
import { fsPath } from "../filetree/name.ts";
import {
  addLandlockRule,
  createLandlockRuleset,
  enforceLandlockRuleset,
  landlockVersion,
} from "./posix-restrict.ts";

/** The files that a thread and what it starts may open. Absolute paths; directories with all below. */
export interface VisibleFiles {
  /** To be read, listed and executed. */
  readonly read: readonly string[];
  /** To be changed in every way as well. */
  readonly write: readonly string[];
  /** Device nodes and the like: to be read and written, but not made. */
  readonly use: readonly string[];
}

// The access rights of linux/landlock.h, each with its version of the interface.
const execute = 1 << 0;
const writeFile = 1 << 1;
const readFile = 1 << 2;
const readDirectory = 1 << 3;
/** Removal and making of files of each kind. */
const changeDirectory = 0b1_1111_1111 << 4;
/** Since version 2. */
const moveBetweenDirectories = 1 << 13;
/** Since version 3. */
const truncate = 1 << 14;

const forFiles = execute | writeFile | readFile | truncate;
const reading = execute | readFile | readDirectory;
const using = writeFile | readFile | readDirectory;
const writing = reading | writeFile | changeDirectory | moveBetweenDirectories | truncate;

/** Since version 6: sockets without a path, and processes that are not under the same rules. */
const scopes = 0b11;

/** Opens without any right to the file; not among the constants of `node:fs`. */
const openPath = 0o10000000;

/**
 * Whether `restrictFiles` can be used. The first version of Landlock forbids all renaming between
 * directories, so that package managers would fail.
 */
export function canRestrictFiles(): boolean {
  return landlockVersion() >= 2;
}

/**
 * Lets this thread and what it starts open no files but these, and send signals to nobody but each
 * other where the kernel knows how to forbid it. Files can still be looked up, and their status be
 * read. Needs `forbidNewPrivileges`; cannot be undone.
 */
export function restrictFiles(files: VisibleFiles): void {
  const version = landlockVersion();
  const handled = version >= 3 ? writing : writing & ~truncate;
  const ruleset = createLandlockRuleset({ files: handled, scopes: version >= 6 ? scopes : 0 });
  try {
    for (const path of files.read) permit(ruleset, path, handled & reading);
    for (const path of files.use) permit(ruleset, path, handled & using);
    for (const path of files.write) permit(ruleset, path, handled);
    enforceLandlockRuleset(ruleset);
  } finally {
    closeSync(ruleset);
  }
}

function permit(ruleset: number, path: string, access: number): void {
  const descriptor = openSync(fsPath(path), openPath);
  try {
    const isDirectory = fstatSync(descriptor).isDirectory();
    addLandlockRule(ruleset, descriptor, isDirectory ? access : access & forFiles);
  } finally {
    closeSync(descriptor);
  }
}
