import { BuildFileError } from "../errors/build-file-error.ts";
import { InternalError } from "../errors/internal-error.ts";
import { formatReference, type ImageReference, parseReference } from "../image/reference.ts";
import type { BuildFile, ContextValue, ImageDefinition, ImageName } from "./build-file.ts";
import type { Unit } from "./unit.ts";

/** Builds an image of a build file, for one platform. */
export interface ImageUnit extends Unit {
  readonly kind: "build";
  readonly image: ImageDefinition;
  /** What stands for names in the Dockerfile, as `--build-context` takes it. */
  readonly contexts: ReadonlyMap<string, string>;
}

/** Joins the images of several platforms under the names that the build file gives. */
export interface IndexUnit extends Unit {
  readonly kind: "index";
  readonly manifests: readonly ImageReference[];
}

/**
 * The units of a build file, in its order: one for each image and platform, and one that joins them for
 * each image of several platforms. Until then, an image for one of several platforms is under its first
 * destination with the platform behind the tag; what is built from it takes it from there.
 *
 * @throws BUILD_FILE_INVALID when an image needs another for a platform that this is not built for.
 */
export function unitsOfImages(file: BuildFile): readonly (ImageUnit | IndexUnit)[] {
  return [...file.values()].flatMap((image) => {
    const builds = platformsOf(image).map((platform) => buildUnit(image, platform, file));
    return isJoined(image) ? [...builds, indexUnit(image, builds)] : builds;
  });
}

function platformsOf({ platforms }: ImageDefinition): readonly (string | undefined)[] {
  return platforms.length === 0 ? [undefined] : platforms;
}

function isJoined({ platforms }: ImageDefinition): boolean {
  return platforms.length > 1;
}

function buildUnit(
  image: ImageDefinition,
  platform: string | undefined,
  file: BuildFile,
): ImageUnit {
  const needs = new Set<string>();
  const contexts = new Map<string, string>();
  for (const [name, value] of image.contexts) {
    contexts.set(name, contextOf(value, { image, platform, file, needs }));
  }
  for (const { name } of image.dependsOn) {
    const other = imageOf(file, name);
    needs.add(isJoined(other) ? indexId(other) : buildId(other, undefined));
  }
  return {
    id: buildId(image, platform),
    kind: "build",
    name: image.name,
    platform,
    destinations: isJoined(image) ? [platformDestination(image, platform)] : image.destinations,
    needs: [...needs],
    image,
    contexts,
  };
}

interface ContextSite {
  readonly image: ImageDefinition;
  readonly platform: string | undefined;
  readonly file: BuildFile;
  /** Takes up the unit that makes the image. */
  readonly needs: Set<string>;
}

function contextOf(value: ContextValue, site: ContextSite): string {
  if (value.kind === "other") return value.value;
  const other = imageOf(site.file, value.image.name);
  if (isJoined(other)) assertBuiltFor(other, value.image, site);
  site.needs.add(buildId(other, site.platform));
  return `docker-image://${formatReference(platformDestination(other, site.platform))}`;
}

function assertBuiltFor(
  other: ImageDefinition,
  { location }: ImageName,
  { image, platform }: ContextSite,
): void {
  if (platform !== undefined && other.platforms.includes(platform)) return;
  const own = platform === undefined ? "for the machine that it is built on" : `for ${platform}`;
  throw new BuildFileError(
    "BUILD_FILE_INVALID",
    `${image.name} is built ${own}, and needs ${other.name}, which is built for ${other.platforms.join(", ")}`,
    { location, hint: "Give both the same platforms" },
  );
}

function indexUnit(image: ImageDefinition, builds: readonly ImageUnit[]): IndexUnit {
  return {
    id: indexId(image),
    kind: "index",
    name: image.name,
    platform: undefined,
    destinations: image.destinations,
    needs: builds.map(({ id }) => id),
    manifests: builds.flatMap(({ destinations }) => destinations),
  };
}

function buildId(image: ImageDefinition, platform: string | undefined): string {
  return isJoined(image) ? `${image.name}:${platform}` : image.name;
}

function indexId({ name }: ImageDefinition): string {
  return `${name}:index`;
}

/** Where the image is for one platform: its first destination, of several platforms with this one behind the tag. */
function platformDestination(image: ImageDefinition, platform = ""): ImageReference {
  const [first] = image.destinations;
  if (first === undefined) throw new InternalError(`${image.name} has no destination`);
  if (!isJoined(image)) return first;
  const tag = `${first.tag}-${platform.replaceAll(/[^A-Za-z0-9_.]+/g, "-")}`;
  return parseReference(formatReference({ ...first, tag }));
}

function imageOf(file: BuildFile, name: string): ImageDefinition {
  const image = file.get(name);
  if (image === undefined) throw new InternalError(`there is no image ${name}`);
  return image;
}
