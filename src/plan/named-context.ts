import { DockerfileError } from "../errors/dockerfile-error.ts";
import type { SourceLocation } from "../errors/source-location.ts";
import { UsageError } from "../errors/usage-error.ts";
import { type LayoutReference, parseLayoutReference } from "../image/layout-reference.ts";
import { parsePlatform } from "../image/parse-platform.ts";
import { formatFullPlatform, normalizePlatform, type Platform } from "../image/platform.ts";
import {
  formatFamiliar,
  type ImageReference,
  InvalidReferenceError,
  parseReference,
} from "../image/reference.ts";

/** What a name can stand for, other than a stage. `name` is how messages call it. */
export type NamedSource =
  | { readonly kind: "scratch" }
  | { readonly kind: "image"; readonly name: string; readonly reference: ImageReference }
  | { readonly kind: "layout"; readonly name: string; readonly layout: LayoutReference }
  /** Files without an image: a directory or URL, as given. */
  | { readonly kind: "context"; readonly name: string; readonly location: string };

/**
 * What `--build-context` puts in the place of stages, base images and `--from`, by name as
 * `contextName` gives it, with `::` and the platform where it is for one platform only.
 */
export type NamedContexts = ReadonlyMap<string, NamedSource>;

const reservedNames: ReadonlySet<string> = new Set(["scratch", "context"]);

/**
 * Reads one named context: `name` is an image name, perhaps with `::` and a platform; `value` is
 * `docker-image://REFERENCE`, `oci-layout://DIRECTORY[:TAG][@DIGEST]`, or a directory or URL.
 *
 * @throws IMAGE_REFERENCE_INVALID, USAGE_INVALID_VALUE
 */
export function parseNamedContext(
  name: string,
  value: string,
  host: Platform,
): [key: string, source: NamedSource] {
  // An IPv6 address in a reference has `::` as well, in brackets.
  const [, image = name, platform] = /^(.+)::([^\]]*)$/.exec(name) ?? [];
  const reference = contextName(parseReference(image));
  if (reservedNames.has(reference)) {
    throw new UsageError(
      "USAGE_INVALID_VALUE",
      `--build-context: ${reference} has a meaning of its own`,
    );
  }
  const key = platform === undefined ? reference : keyFor(reference, parsePlatform(platform, host));
  return [key, sourceOf(name, value)];
}

/**
 * The context that stands for `name` on a platform: the one for this platform, else the one for
 * all.
 */
export function findNamedContext(
  contexts: NamedContexts,
  name: string,
  platform: Platform,
): NamedSource | undefined {
  return contexts.get(keyFor(name, platform)) ?? contexts.get(name);
}

/** Where a name stands, and what decides what it means there. */
export interface NameSite {
  readonly namedContexts: NamedContexts;
  readonly platform: Platform;
  readonly location: SourceLocation;
}

/**
 * What a name that is no stage's stands for: a context of this name, else an image.
 *
 * @throws DOCKERFILE_INVALID, with the location.
 */
export function resolveName(name: string, site: NameSite): NamedSource {
  if (name === "scratch") return { kind: "scratch" };
  const reference = referenceAt(site.location, name);
  const context = findNamedContext(site.namedContexts, contextName(reference), site.platform);
  return context ?? { kind: "image", name, reference };
}

/** The name by which a context replaces an image: as people write it, without `:latest`. */
export function contextName(reference: ImageReference): string {
  return formatFamiliar(reference).replace(/:latest$/, "");
}

function referenceAt(location: SourceLocation, name: string): ImageReference {
  try {
    return parseReference(name);
  } catch (error) {
    if (!(error instanceof InvalidReferenceError)) throw error;
    throw new DockerfileError(
      "DOCKERFILE_INVALID",
      `failed to parse stage name ${JSON.stringify(name)}: ${error.reason}`,
      { location, cause: error },
    );
  }
}

function keyFor(name: string, platform: Platform): string {
  return `${name}::${formatFullPlatform(normalizePlatform(platform))}`;
}

function sourceOf(name: string, value: string): NamedSource {
  const [, scheme, rest = ""] = /^(docker-image|oci-layout):\/\/(.*)$/s.exec(value) ?? [];
  if (scheme === "docker-image") {
    if (rest === "scratch") return { kind: "scratch" };
    return { kind: "image", name, reference: parseReference(rest) };
  }
  if (scheme === "oci-layout") return { kind: "layout", name, layout: parseLayoutReference(rest) };
  return { kind: "context", name, location: value };
}
