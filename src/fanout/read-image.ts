import { resolve } from "node:path";
import { isBuilderError } from "../errors/builder-error.ts";
import { nearest } from "../errors/nearest.ts";
import { parsePlatform } from "../image/parse-platform.ts";
import { formatFullPlatform, normalizePlatform } from "../image/platform.ts";
import { type ImageReference, parseReference, withDefaultTag } from "../image/reference.ts";
import { parseNamedContext } from "../plan/named-context.ts";
import type { ContextValue, ImageDefinition, ImageName } from "./build-file.ts";
import { interpolate, type Variables } from "./interpolate.ts";
import type { YamlValue } from "./yaml-value.ts";

/** What the values of a build file mean depends on. */
export interface ReadingScope {
  /** The directory of the file, absolute: relative paths start there. */
  readonly directory: string;
  readonly variables: Variables;
}

type Fields = ReadonlyMap<string, YamlValue>;

const defaultKeys = ["context", "dockerfile", "args", "labels", "platforms"];
const imageKeys = [...defaultKeys, "target", "destinations", "contexts", "dependsOn"];
const anyPlatform = { os: "linux", architecture: "amd64" };

/** The names in `defaults`. @throws BUILD_FILE_INVALID */
export function readDefaults(value: YamlValue | undefined): Fields {
  return value === undefined ? new Map() : fieldsOf(value, defaultKeys);
}

/**
 * Reads one image. Its `args` and `labels` are laid over those of the defaults, and what else it says
 * replaces them.
 *
 * @throws BUILD_FILE_INVALID
 */
export function readImageDefinition(
  value: YamlValue,
  defaults: Fields,
  scope: ReadingScope,
): ImageDefinition {
  const own = fieldsOf(value, imageKeys);
  const field = (key: string): YamlValue | undefined => own.get(key) ?? defaults.get(key);
  const text = (key: string, fallback: string): string => {
    const given = field(key);
    return given === undefined ? fallback : interpolate(given, scope.variables);
  };
  const texts = (key: string): ReadonlyMap<string, string> =>
    new Map([...readTexts(defaults.get(key), scope), ...readTexts(own.get(key), scope)]);
  const context = resolve(scope.directory, text("context", "."));
  const target = text("target", "");
  return {
    name: value.path.replace(/^images\./, ""),
    location: value.location,
    context,
    dockerfile: resolve(context, text("dockerfile", "Dockerfile")),
    target: target === "" ? undefined : target,
    destinations: readDestinations(value, own.get("destinations"), scope),
    args: texts("args"),
    labels: texts("labels"),
    platforms: readPlatforms(field("platforms"), scope),
    contexts: readContexts(own.get("contexts"), scope),
    dependsOn: (own.get("dependsOn")?.list() ?? []).map((item) => imageName(item, scope)),
  };
}

/** The members of a mapping. @throws BUILD_FILE_INVALID when one is not among `keys`. */
export function fieldsOf(value: YamlValue, keys: readonly string[]): Fields {
  const fields = value.mapping();
  for (const [key, field] of fields) {
    if (keys.includes(key)) continue;
    const likely = nearest(key, keys);
    const hint = likely === undefined ? `There are ${keys.join(", ")}` : `Did you mean ${likely}?`;
    throw field.invalid(`${field.path} is not known`, hint);
  }
  return fields;
}

function readTexts(value: YamlValue | undefined, { variables }: ReadingScope): Map<string, string> {
  const entries = value === undefined ? [] : [...value.mapping()];
  for (const [name, inner] of entries) {
    if (/^[^=]+$/.test(name)) continue;
    throw inner.invalid(`${inner.path} is no name for a value: it is empty or has a =`);
  }
  return new Map(entries.map(([name, inner]) => [name, interpolate(inner, variables)]));
}

function readDestinations(
  image: YamlValue,
  value: YamlValue | undefined,
  { variables }: ReadingScope,
): readonly ImageReference[] {
  const destinations = (value?.list() ?? []).map((item) => {
    const reference = attempt(item, () => parseReference(interpolate(item, variables)));
    if (reference.digest !== undefined) {
      throw item.invalid(`${item.path} has a digest`, "An image is pushed to a tag");
    }
    return withDefaultTag(reference);
  });
  if (destinations.length > 0) return destinations;
  throw (value ?? image).invalid(
    `${image.path} has no destination`,
    "Name where it is pushed to: destinations: [registry.example/team/app:1.2]",
  );
}

function readPlatforms(
  value: YamlValue | undefined,
  { variables }: ReadingScope,
): readonly string[] {
  const platforms: string[] = [];
  for (const item of value?.list() ?? []) {
    const text = interpolate(item, variables);
    const isWhole = text.includes("/");
    if (!isWhole) throw item.invalid(`${item.path} is no platform`, "Write os/architecture");
    const platform = attempt(item, () =>
      formatFullPlatform(normalizePlatform(parsePlatform(text, anyPlatform))),
    );
    if (platforms.includes(platform)) throw item.invalid(`${item.path} is ${platform} again`);
    platforms.push(platform);
  }
  return platforms;
}

function readContexts(
  value: YamlValue | undefined,
  scope: ReadingScope,
): ReadonlyMap<string, ContextValue> {
  const entries = value === undefined ? [] : [...value.mapping()];
  return new Map(entries.map(([name, inner]) => [name, readContext(name, inner, scope)]));
}

function readContext(name: string, value: YamlValue, scope: ReadingScope): ContextValue {
  const text = interpolate(value, scope.variables);
  const image = /^image:(.*)$/s.exec(text)?.[1];
  // Whether the name is one that can be replaced is found out with some image in its place.
  attempt(value, () =>
    parseNamedContext(name, image === undefined ? text : "docker-image://scratch", anyPlatform),
  );
  if (image !== undefined) {
    return { kind: "image", image: { name: image, location: value.location } };
  }
  return { kind: "other", value: fromDirectory(scope.directory, text) };
}

/** A context whose path, if it is one, is absolute. */
function fromDirectory(directory: string, text: string): string {
  const [, scheme = "", path = ""] = /^(dir:\/\/|oci-layout:\/\/)?(.*)$/s.exec(text) ?? [];
  const isPath = scheme !== "" || !/^[a-z][a-z0-9+.-]*:\/\/|^git@/i.test(text);
  return isPath ? scheme + resolve(directory, path) : text;
}

function imageName(value: YamlValue, { variables }: ReadingScope): ImageName {
  return { name: interpolate(value, variables), location: value.location };
}

/** What `read` gives; what it says of a reference or platform becomes an error of `value`. */
function attempt<T>(value: YamlValue, read: () => T): T {
  try {
    return read();
  } catch (error) {
    if (!isBuilderError(error) || error.code === "BUILD_FILE_INVALID") throw error;
    throw value.invalid(`${value.path}: ${error.message}`, error.hint);
  }
}
