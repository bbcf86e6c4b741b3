import { randomUUID } from "node:crypto";
import { mkdirSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import {
  errnoOf,
  FilesystemError,
  filesystemError,
  isNoSpace,
} from "../errors/filesystem-error.ts";
import { inStepImage, stepImageTemporaryDirectory } from "../isolation/step-image.ts";
import { withDiskSpace } from "./disk-space.ts";

/** Where a work directory may be made. */
export interface WorkPlaces {
  /** The only one, where it is named. */
  readonly given: string | undefined;
  /** What a pipeline mounts for its own sake, which can be written to also where the root cannot. */
  readonly ofPipeline: string | undefined;
}

/**
 * A new directory of this build's own, in the place that is given, or else in the first of these that can be
 * written to: `$TMPDIR`, /slipway/tmp in the step image, /tmp, the pipeline's. These themselves are never
 * removed.
 *
 * @throws WORK_DIRECTORY_UNWRITABLE, FILESYSTEM_NO_SPACE
 */
export function makeWorkDirectory({ given, ofPipeline }: WorkPlaces): string {
  const failures = new Map<string, unknown>();
  for (const parent of given === undefined ? usualParents(ofPipeline) : [resolve(given)]) {
    try {
      return makeIn(parent);
    } catch (error) {
      failures.set(parent, error);
    }
  }
  throw noWorkDirectory(failures);
}

function usualParents(ofPipeline: string | undefined): ReadonlySet<string> {
  const ofImage = inStepImage() ? [stepImageTemporaryDirectory] : [];
  const last = ofPipeline === undefined ? [] : [ofPipeline];
  return new Set([tmpdir(), ...ofImage, "/tmp", ...last].map((directory) => resolve(directory)));
}

function makeIn(parent: string): string {
  const directory = join(parent, `slipway-${randomUUID()}`);
  mkdirSync(parent, { recursive: true });
  mkdirSync(directory, { mode: 0o755 });
  return directory;
}

/** What `mkdir` says, for people; EROFS in a pod is this line of its specification. */
const reasons: Readonly<Record<string, string>> = {
  EROFS: "it is read-only (readOnlyRootFilesystem: true)",
  EACCES: "this user may not write there",
  EPERM: "this user may not write there",
  ENOTDIR: "it is no directory",
  EEXIST: "it is no directory",
  ENOENT: "it is not there, and cannot be made",
};

function noWorkDirectory(failures: ReadonlyMap<string, unknown>): unknown {
  for (const [parent, error] of failures) {
    if (!isNoSpace(error)) continue;
    return withDiskSpace(filesystemError("make a work directory", error), join(parent, "slipway"));
  }
  const tried = [...failures].map(([directory, error]) => `${directory}: ${reasonOf(error)}`);
  return new FilesystemError(
    "WORK_DIRECTORY_UNWRITABLE",
    `there is no directory for temporary files (${tried.join("; ")})`,
    { cause: [...failures.values()][0] },
  );
}

function reasonOf(error: unknown): string {
  const errno = errnoOf(error) ?? "";
  return reasons[errno] ?? (error instanceof Error ? error.message : String(error));
}
