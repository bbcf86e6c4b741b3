import { createHash, type Hash } from "node:crypto";
import { ImageError } from "../errors/image-error.ts";

declare const digestBrand: unique symbol;

/**
 * A content digest such as `sha256:` and 64 lower-case hex digits; sha384 and sha512 are read as
 * well, but never written. Made only by the functions here.
 */
export type Digest = string & { readonly [digestBrand]: true };

const form = /^(?:sha256:[0-9a-f]{64}|sha384:[0-9a-f]{96}|sha512:[0-9a-f]{128})$/;

/** Tells whether `text` is a digest that slipway can verify. */
export function isDigest(text: string): text is Digest {
  return form.test(text);
}

/**
 * Returns `text` as a digest.
 *
 * @throws IMAGE_MALFORMED when it is none, or of an algorithm that slipway cannot verify.
 */
export function parseDigest(text: string): Digest {
  if (!isDigest(text)) {
    const shown = JSON.stringify(text.slice(0, 200));
    throw new ImageError("IMAGE_MALFORMED", `${shown} is not a digest`, {
      hint: "Digests are sha256, sha384 or sha512, a colon and lower-case hex digits",
    });
  }
  return text;
}

/** The sha256 digest of `bytes`; a string counts as its UTF-8 encoding. */
export function digestOf(bytes: Uint8Array | string): Digest {
  return digestFromHex(createHash("sha256").update(bytes).digest("hex"));
}

/** The sha256 digest whose 64 hex digits are `hex`, as a hash object gives them. */
export function digestFromHex(hex: string): Digest {
  return parseDigest(`sha256:${hex}`);
}

/** The hex digits of a digest, as used in blob paths. */
export function hexOf(digest: Digest): string {
  return digest.slice(digest.indexOf(":") + 1);
}

/** A new hash of the algorithm of `digest`; what it has taken in is compared by `matchesDigest`. */
export function createHashFor(digest: Digest): Hash {
  return createHash(digest.slice(0, digest.indexOf(":")));
}

/** Tells whether `hash`, made by `createHashFor(digest)`, took in the content of `digest`. Ends the hash. */
export function matchesDigest(hash: Hash, digest: Digest): boolean {
  return hash.digest("hex") === hexOf(digest);
}
