import { type Digest, isDigest } from "./digest.ts";

/** An image in an OCI layout, a directory of this machine. */
export interface LayoutReference {
  /** Path of the layout's directory, as given. */
  readonly directory: string;
  /** The name that the layout's index has for it (`org.opencontainers.image.ref.name`). */
  readonly tag?: string;
  /** Of the manifest or index; it wins over the tag. */
  readonly digest?: Digest;
}

const tagSuffix = /:([A-Za-z0-9_][A-Za-z0-9_.-]{0,127})$/;

/** Reads `DIRECTORY[:TAG][@DIGEST]`. What follows the last `@` or `:` but is neither belongs to the path. */
export function parseLayoutReference(text: string): LayoutReference {
  const at = text.lastIndexOf("@");
  const digest = text.slice(at + 1);
  const hasDigest = at >= 0 && isDigest(digest);
  const rest = hasDigest ? text.slice(0, at) : text;
  const tag = tagSuffix.exec(rest)?.[1];
  return {
    directory: tag === undefined ? rest : rest.slice(0, -tag.length - 1),
    ...(tag === undefined ? {} : { tag }),
    ...(hasDigest ? { digest } : {}),
  };
}

/** How messages call it: as it was given. */
export function formatLayoutReference({ directory, tag, digest }: LayoutReference): string {
  const suffix = (tag === undefined ? "" : `:${tag}`) + (digest === undefined ? "" : `@${digest}`);
  return `oci-layout://${directory}${suffix}`;
}
