import { ImageError } from "../errors/image-error.ts";
import { type Digest, isDigest } from "./digest.ts";

/** A repository of a registry, in the registry's own terms. */
export interface Repository {
  /** Host and, where given, port: `docker.io`, `127.0.0.1:5000`, `[::1]:5000`. */
  readonly registry: string;
  /** Path below the registry: `library/busybox`. */
  readonly path: string;
}

/** A parsed image reference. Without tag and digest it means tag `latest`. */
export interface ImageReference extends Repository {
  readonly tag?: string;
  readonly digest?: Digest;
}

/** The registry of references that name none. */
export const defaultRegistry = "docker.io";

const legacyDefaultRegistry = "index.docker.io";
const officialPrefix = "library/";
const longestPath = 255;

// The grammar of references: https://github.com/distribution/reference, in the documentation of the package.
const domainLabel = "(?:[a-zA-Z0-9]|[a-zA-Z0-9][a-zA-Z0-9-]*[a-zA-Z0-9])";
const host = `(?:${domainLabel}(?:\\.${domainLabel})*|\\[[a-fA-F0-9:]+\\])`;
const pathComponent = "[a-z0-9]+(?:(?:\\.|_|__|-+)[a-z0-9]+)*";
const tagForm = "[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}";
const digestForm = "[A-Za-z][A-Za-z0-9]*(?:[-_+.][A-Za-z][A-Za-z0-9]*)*:[0-9a-fA-F]{32,}";
const registryForm = new RegExp(`^${host}(?::[0-9]+)?$`);
const remainderForm = new RegExp(
  `^(${pathComponent}(?:/${pathComponent})*)(?::(${tagForm}))?(?:@(${digestForm}))?$`,
);
const digestSyntax = /^[a-z0-9]+(?:[.+_-][a-z0-9]+)*:[a-zA-Z0-9=_-]+$/;
const digestLengths = new Map([
  ["sha256", 64],
  ["sha384", 96],
  ["sha512", 128],
]);

/** A text is not an image reference. */
export class InvalidReferenceError extends ImageError {
  /** Why not, in Docker's words. */
  readonly reason: string;

  constructor(text: string, reason: string) {
    const shown = JSON.stringify(text.slice(0, 300));
    super("IMAGE_REFERENCE_INVALID", `cannot read image name ${shown}: ${reason}`, {
      hint: "An image name is [registry[:port]/]path[:tag][@digest], in lower case but for the tag",
    });
    this.reason = reason;
  }
}

/**
 * Reads an image reference as Docker does: `busybox` is `docker.io/library/busybox`, and the first
 * component is a registry when it has a dot, a colon or an upper-case letter, or is `localhost`.
 *
 * @throws IMAGE_REFERENCE_INVALID
 */
export function parseReference(text: string): ImageReference {
  if (/^[a-f0-9]{64}$/.test(text)) {
    throw new InvalidReferenceError(
      text,
      `invalid repository name (${text}), cannot specify 64-byte hexadecimal strings`,
    );
  }
  const { registry, remainder } = splitRegistry(text);
  assertLowerCase(text, remainder.split(":", 1).join(""));
  const match = remainderForm.exec(remainder);
  const [, path, tag, digest] = match ?? [];
  if (path === undefined || !registryForm.test(registry)) {
    throw new InvalidReferenceError(text, "invalid reference format");
  }
  if (path.length > longestPath) {
    throw new InvalidReferenceError(
      text,
      `repository name must not be more than ${longestPath} characters`,
    );
  }
  return {
    registry,
    path,
    ...(tag === undefined ? {} : { tag }),
    ...(digest === undefined ? {} : { digest: readDigest(text, digest) }),
  };
}

function splitRegistry(text: string): { registry: string; remainder: string } {
  const slash = text.indexOf("/");
  const first = text.slice(0, Math.max(slash, 0));
  const named =
    slash !== -1 && (/[.:]/.test(first) || first === "localhost" || first.toLowerCase() !== first);
  const registry = named && first !== legacyDefaultRegistry ? first : defaultRegistry;
  const remainder = named ? text.slice(slash + 1) : text;
  const official = registry === defaultRegistry && !remainder.includes("/");
  return { registry, remainder: official ? officialPrefix + remainder : remainder };
}

function assertLowerCase(text: string, name: string): void {
  if (name.toLowerCase() !== name) {
    throw new InvalidReferenceError(
      text,
      `invalid reference format: repository name (${name}) must be lowercase`,
    );
  }
}

function readDigest(text: string, digest: string): Digest {
  if (isDigest(digest)) return digest;
  const colon = digest.indexOf(":");
  const length = digestLengths.get(digest.slice(0, colon));
  if (length === undefined && digestSyntax.test(digest)) {
    throw new InvalidReferenceError(text, "unsupported digest algorithm");
  }
  if (length !== undefined && digest.length - colon - 1 !== length) {
    throw new InvalidReferenceError(text, "invalid checksum digest length");
  }
  throw new InvalidReferenceError(text, "invalid checksum digest format");
}

/** The full name of a repository: `docker.io/library/busybox`. */
export function formatRepository(repository: Repository): string {
  return `${repository.registry}/${repository.path}`;
}

/** The full, normalised form: `docker.io/library/busybox:1.36`. Reads back as the same reference. */
export function formatReference(reference: ImageReference): string {
  return formatRepository(reference) + suffixOf(reference);
}

/** The form that people write: `busybox:1.36`. Reads back as the same reference. */
export function formatFamiliar(reference: ImageReference): string {
  return formatFamiliarName(reference) + suffixOf(reference);
}

/** The form of a repository that people write: `busybox`, `127.0.0.1:5000/app`. */
export function formatFamiliarName(repository: Repository): string {
  const { registry, path } = repository;
  if (registry !== defaultRegistry) return formatRepository(repository);
  const official =
    path.startsWith(officialPrefix) && !path.slice(officialPrefix.length).includes("/");
  return official ? path.slice(officialPrefix.length) : path;
}

function suffixOf({ tag, digest }: ImageReference): string {
  return (tag === undefined ? "" : `:${tag}`) + (digest === undefined ? "" : `@${digest}`);
}

/** `reference`, with tag `latest` where it has neither tag nor digest. */
export function withDefaultTag(reference: ImageReference): ImageReference {
  const bare = reference.tag === undefined && reference.digest === undefined;
  return bare ? { ...reference, tag: "latest" } : reference;
}

/** Tells whether two references or repositories name the same repository. */
export function sameRepository(a: Repository, b: Repository): boolean {
  return a.registry === b.registry && a.path === b.path;
}
