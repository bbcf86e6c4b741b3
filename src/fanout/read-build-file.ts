import { BuildFileError } from "../errors/build-file-error.ts";
import { closest, editDistance } from "../errors/nearest.ts";
import { formatReference } from "../image/reference.ts";
import {
  type BuildFile,
  dependenciesOf,
  type ImageDefinition,
  type ImageName,
} from "./build-file.ts";
import { fieldsOf, type ReadingScope, readDefaults, readImageDefinition } from "./read-image.ts";
import { YamlValue } from "./yaml-value.ts";

export interface BuildFileRequest extends ReadingScope {
  /** The name that locations have. */
  readonly file: string;
}

/** Ids of units are made of names, and go through shells and JSON as they are. */
const nameForm = /^[A-Za-z0-9][A-Za-z0-9_.-]{0,99}$/;

/**
 * Reads a build file: `images` by name, and `defaults` for them. Whatever it says is understood, or an
 * error with its line.
 *
 * @throws BUILD_FILE_INVALID
 */
export function parseBuildFile(text: string, request: BuildFileRequest): BuildFile {
  const root = YamlValue.parse(text, request.file);
  const fields = fieldsOf(root, ["defaults", "images"]);
  const defaults = readDefaults(fields.get("defaults"));
  const images = new Map<string, ImageDefinition>();
  for (const [name, value] of fields.get("images")?.mapping() ?? []) {
    if (!nameForm.test(name)) {
      throw value.invalid(`${name} is no name for an image`, `Names match ${nameForm.source}`);
    }
    images.set(name, readImageDefinition(value, defaults, request));
  }
  if (images.size === 0) throw root.invalid(`${request.file} has no images`);
  assertKnown(images);
  assertAcyclic(images);
  assertApart(images);
  return images;
}

function invalid({ location }: Pick<ImageName, "location">, message: string): BuildFileError {
  return new BuildFileError("BUILD_FILE_INVALID", message, { location });
}

function assertKnown(images: BuildFile): void {
  for (const image of images.values()) {
    for (const dependency of dependenciesOf(image)) {
      const { name, location } = dependency;
      if (images.has(name)) continue;
      const likely = closest(images.keys(), 3, (other) => editDistance(name, other));
      const message = `${image.name} needs the image ${name}, which the file does not have`;
      const hint = likely === undefined ? {} : { hint: `Did you mean ${likely}?` };
      throw new BuildFileError("BUILD_FILE_INVALID", message, { location, ...hint });
    }
  }
}

function assertAcyclic(images: BuildFile): void {
  const done = new Set<string>();
  const visit = (image: ImageDefinition, way: readonly string[]): void => {
    if (done.has(image.name)) return;
    const here = [...way, image.name];
    for (const dependency of dependenciesOf(image)) {
      const at = here.indexOf(dependency.name);
      const next = images.get(dependency.name);
      if (at >= 0) {
        const circle = [...here.slice(at), dependency.name].join(" -> ");
        throw invalid(dependency, `images need each other in a circle: ${circle}`);
      }
      if (next !== undefined) visit(next, here);
    }
    done.add(image.name);
  };
  for (const image of images.values()) visit(image, []);
}

/** Two images of one name would replace each other, one wave or the other. */
function assertApart(images: BuildFile): void {
  const owners = new Map<string, string>();
  for (const image of images.values()) {
    for (const destination of image.destinations.map(formatReference)) {
      const owner = owners.get(destination);
      if (owner !== undefined) {
        throw invalid(image, `${owner} and ${image.name} are both pushed to ${destination}`);
      }
      owners.set(destination, image.name);
    }
  }
}
