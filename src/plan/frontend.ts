import { detectSyntax } from "../dockerfile/detect-syntax.ts";
import { isBuilderError } from "../errors/builder-error.ts";
import { DockerfileError } from "../errors/dockerfile-error.ts";
import { formatRepository, parseReference } from "../image/reference.ts";

/** The frontends whose language slipway speaks itself, by repository; tags are channels and versions. */
const builtIn: ReadonlySet<string> = new Set([
  "docker.io/docker/dockerfile",
  "docker.io/docker/dockerfile-upstream",
]);

/** What a build argument says to mean the builder's own frontend, whatever the file says. */
const ownFrontend = "dockerfile.v0";

/** A build file whose frontend is to be known before it is read any further. */
export interface FrontendRequest {
  readonly source: Uint8Array;
  /** Its name as the user knows it. */
  readonly file: string;
  readonly buildArgs: ReadonlyMap<string, string>;
}

/**
 * Makes sure that the file is a Dockerfile in the language of BuildKit's built-in frontend. The
 * build argument BUILDKIT_SYNTAX wins over the file's `syntax` directive.
 *
 * @throws DOCKERFILE_UNSUPPORTED when another frontend is asked for; the message names its image.
 */
export function assertBuiltInFrontend({ source, file, buildArgs }: FrontendRequest): void {
  const directive = detectSyntax(source);
  const given = (buildArgs.get("BUILDKIT_SYNTAX") ?? "").trim().split(" ", 1)[0] ?? "";
  const image = given === "" ? (directive?.image ?? "") : given;
  if (image === "" || image === ownFrontend || builtIn.has(repositoryOf(image))) return;
  const line = given === "" ? directive?.line : undefined;
  throw new DockerfileError(
    "DOCKERFILE_UNSUPPORTED",
    `the frontend image ${image} is needed for this file, and slipway runs no frontend images`,
    {
      hint: "Leave the syntax directive out, or name docker/dockerfile, whose language slipway speaks",
      ...(line === undefined ? {} : { location: { file, firstLine: line, lastLine: line } }),
    },
  );
}

/** The repository that an image name means, or the name itself where it is malformed. */
function repositoryOf(image: string): string {
  try {
    return formatRepository(parseReference(image));
  } catch (error) {
    if (isBuilderError(error, "IMAGE_REFERENCE_INVALID")) return image;
    throw error;
  }
}
