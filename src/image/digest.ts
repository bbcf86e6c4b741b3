import { createHash } from "node:crypto";
import { ImageError } from "../errors/image-error.ts";

declare const digestBrand: unique symbol;

/** A content digest, `sha256:` and 64 lower-case hex digits. Made only by the functions here. */
export type Digest = string & { readonly [digestBrand]: true };

const form = /^sha256:[0-9a-f]{64}$/;

/** Tells whether `text` is a digest that slipway can verify. */
export function isDigest(text: string): text is Digest {
  return form.test(text);
}

/**
 * Returns `text` as a digest.
 *
 * @throws IMAGE_MALFORMED when it is none, or of another algorithm than sha256.
 */
export function parseDigest(text: string): Digest {
  if (!isDigest(text)) {
    throw new ImageError("IMAGE_MALFORMED", `${JSON.stringify(text)} is not a sha256 digest`);
  }
  return text;
}

/** The digest of `bytes`; a string counts as its UTF-8 encoding. */
export function digestOf(bytes: Uint8Array | string): Digest {
  return digestFromHex(createHash("sha256").update(bytes).digest("hex"));
}

/** The digest whose 64 hex digits are `hex`, as a hash object gives them. */
export function digestFromHex(hex: string): Digest {
  return parseDigest(`sha256:${hex}`);
}

/** The hex digits of a digest, as used in blob paths. */
export function hexOf(digest: Digest): string {
  return digest.slice("sha256:".length);
}
