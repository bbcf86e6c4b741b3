import { stat } from "node:fs/promises";
import { ContextError } from "../errors/context-error.ts";
import { errnoOf } from "../errors/filesystem-error.ts";
import { UsageError } from "../errors/usage-error.ts";
import type { ImageFormat } from "../image/image-format.ts";
import type { LayoutReference } from "../image/layout-reference.ts";
import type { Platform } from "../image/platform.ts";
import { LayoutSource } from "../registry/oci-layout-source.ts";
import type { ImageSource } from "../registry/read-image.ts";
import { openDockerArchive } from "./docker-archive-source.ts";
import { TarFile, type TarPorts } from "./tar-file.ts";

export interface LocalImageRequest extends TarPorts {
  /** Its directory may be a file as well: a tar archive. */
  readonly image: LayoutReference;
  /** What to choose by where a name stands for images of several platforms. */
  readonly platform: Platform | undefined;
  /** What a docker archive's manifest is made in; OCI's where undefined. */
  readonly format: ImageFormat | undefined;
}

/**
 * Opens an image of this machine: in an OCI layout, a tar archive of one, or an archive as `docker save`
 * writes it; compressed ones as well. One that is both is taken as a layout, which has a manifest, unless there is a `format`.
 *
 * @throws CONTEXT_NOT_FOUND, CONTEXT_UNREADABLE, FILESYSTEM_*, IMAGE_MALFORMED, USAGE_CONFLICT
 */
export async function openLocalImage(request: LocalImageRequest): Promise<ImageSource> {
  const { image, format } = request;
  const path = image.directory;
  if (await isDirectory(path)) return openLayout(request);
  const archive = await TarFile.open(path, request);
  const isDocker = archive.has("manifest.json");
  if (archive.has("index.json") && (format === undefined || !isDocker)) {
    return openLayout(request, archive);
  }
  if (isDocker) return openDockerArchive(archive, { tag: image.tag, format: format ?? "oci" });
  throw new ContextError("CONTEXT_NOT_FOUND", `${path} is no archive of an image`, {
    hint: "Such archives have an index.json, or a manifest.json as docker save writes it",
  });
}

function openLayout(
  { image, platform, format }: LocalImageRequest,
  archive?: TarFile,
): ImageSource {
  if (format !== undefined) {
    throw new UsageError("USAGE_CONFLICT", "--image-format is only for docker archives", {
      hint: `${image.directory} is an OCI layout, whose manifest is pushed as it is`,
    });
  }
  const request = { layout: image, ...(platform === undefined ? {} : { platform }) };
  if (archive === undefined) return new LayoutSource(request);
  return new LayoutSource(request, (name) => Promise.resolve(archive.read(name)));
}

async function isDirectory(path: string): Promise<boolean> {
  try {
    return (await stat(path)).isDirectory();
  } catch (error) {
    const isMissing = ["ENOENT", "ENOTDIR"].includes(errnoOf(error) ?? "");
    throw new ContextError(
      isMissing ? "CONTEXT_NOT_FOUND" : "CONTEXT_UNREADABLE",
      isMissing ? `${path} does not exist` : `${path} cannot be read`,
      { cause: error, hint: "Name the directory of an OCI layout, or a tar archive" },
    );
  }
}
