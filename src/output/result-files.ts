import { writeFile } from "node:fs/promises";
import type { Digest } from "../image/digest.ts";
import { formatRepository, type ImageReference } from "../image/reference.ts";
import { writeAtomically } from "../support/atomic-file.ts";

/** Paths of files to write; undefined ones are not written. */
export interface ResultFiles {
  readonly digest: string | undefined;
  readonly nameWithDigest: string | undefined;
  readonly nameTagWithDigest: string | undefined;
  readonly url: string | undefined;
  /** Lists what was pushed, for skaffold and Cloud Build. */
  readonly images: string | undefined;
}

/** What came of a build. */
export interface BuildResult {
  /** The manifest's. */
  readonly digest: Digest;
  /** Each with a tag. */
  readonly destinations: readonly ImageReference[];
  /** Whether the image was pushed. */
  readonly pushed: boolean;
}

/**
 * Writes the result files, to be called after everything else succeeded: `digest` and `url` hold no
 * newline, since Tekton takes every byte; the others one line per destination (kaniko's format).
 * `url` is empty when nothing was pushed, so that Tekton Chains does not look for the image, and `images` is
 * not written; it has a JSON object per line (kaniko's file in `BUILDER_OUTPUT`). Files appear as `writeAtomically` says.
 *
 * @throws FILESYSTEM_FAILED, FILESYSTEM_NO_SPACE
 */
export async function writeResultFiles(files: ResultFiles, result: BuildResult): Promise<void> {
  const { digest, destinations, pushed } = result;
  const lines = (format: (name: ImageReference) => string): string =>
    destinations.map((name) => `${format(name)}@${digest}\n`).join("");
  const [first] = destinations;
  await writeResult(files.digest, digest);
  await writeResult(files.nameWithDigest, lines(formatRepository));
  await writeResult(files.nameTagWithDigest, lines(formatWithTag));
  await writeResult(files.url, pushed && first !== undefined ? formatWithTag(first) : "");
  if (!pushed) return;
  const images = destinations.map((name) => ({ name: formatWithTag(name), digest }));
  await writeResult(files.images, images.map((image) => `${JSON.stringify(image)}\n`).join(""));
}

function formatWithTag(name: ImageReference): string {
  return `${formatRepository(name)}:${name.tag ?? "latest"}`;
}

async function writeResult(path: string | undefined, text: string): Promise<void> {
  if (path !== undefined) await writeAtomically(path, (file) => writeFile(file, text));
}
