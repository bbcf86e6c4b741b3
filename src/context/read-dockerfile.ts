import { readFileSync } from "node:fs";
import { join } from "node:path";
import { assertNotEmpty } from "../dockerfile/assert-not-empty.ts";
import { DockerfileError } from "../errors/dockerfile-error.ts";
import { errnoOf } from "../errors/filesystem-error.ts";
import { placesOf, type Starts } from "./places.ts";

/** A Dockerfile's text, and where it was found. */
export interface DockerfileSource {
  /** Absolute. */
  readonly path: string;
  readonly bytes: Buffer;
}

/** Larger Dockerfiles than this, in bytes, are refused. */
const sizeLimit = 16 << 20;

/**
 * Reads the Dockerfile: looked for in the workspace, then from the working directory, as kaniko does,
 * then in the context; for the default name also in lower case.
 *
 * @throws DOCKERFILE_NOT_FOUND with every path that was tried, DOCKERFILE_SYNTAX for an empty file.
 */
export function readDockerfile(
  name: string,
  places: Starts & { readonly context: string },
): DockerfileSource {
  const candidates = new Set([...placesOf(name, places), join(places.context, name)]);
  if (name === "Dockerfile") candidates.add(join(places.context, "dockerfile"));
  for (const path of candidates) {
    const bytes = readIfFile(path);
    if (bytes === undefined) continue;
    assertNotEmpty(bytes);
    return { path, bytes };
  }
  throw new DockerfileError("DOCKERFILE_NOT_FOUND", `the Dockerfile ${name} does not exist`, {
    hint: `Looked for ${[...candidates].join(", ")}`,
  });
}

function readIfFile(path: string): Buffer | undefined {
  try {
    const bytes = readFileSync(path);
    if (bytes.length <= sizeLimit) return bytes;
  } catch (error) {
    if (["ENOENT", "ENOTDIR", "EISDIR"].includes(errnoOf(error) ?? "")) return undefined;
    throw new DockerfileError("DOCKERFILE_NOT_FOUND", `the Dockerfile ${path} cannot be read`, {
      cause: error,
      hint: "Check the permissions of the file",
    });
  }
  throw new DockerfileError("DOCKERFILE_SYNTAX", `the Dockerfile ${path} is larger than 16 MiB`);
}
