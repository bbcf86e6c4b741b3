/**
 * File names are bytes; a tree keeps them as strings. UTF-8 names are what they look like, and each
 * byte that is not part of valid UTF-8 becomes one lone surrogate U+DC80 to U+DCFF, so that every
 * name survives both ways unchanged.
 */

const strict = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** The string form of the bytes of a name or path. */
export function decodeName(bytes: Uint8Array): string {
  try {
    return strict.decode(bytes);
  } catch {
    return decodeLossless(bytes);
  }
}

/** The bytes of a name or path in string form. */
export function encodeName(name: string): Buffer {
  if (name.isWellFormed()) return Buffer.from(name, "utf8");
  const parts: Buffer[] = [];
  for (const character of name) {
    const code = character.codePointAt(0) ?? 0;
    const escaped = code >= 0xdc80 && code <= 0xdcff;
    parts.push(escaped ? Buffer.from([code - 0xdc00]) : Buffer.from(character, "utf8"));
  }
  return Buffer.concat(parts);
}

/**
 * `name` in memory of its own. V8 makes no copy of a part of a string that has 13 characters or more: who keeps the
 * name of a file keeps its whole path.
 */
export function ownName(name: string): string {
  return name.length >= 13 && name.isWellFormed() ? Buffer.from(name).toString() : name;
}

/** `path` as `node:fs` takes it: a string, or a buffer where no string could say it. */
export function fsPath(path: string): string | Buffer {
  return path.isWellFormed() ? path : encodeName(path);
}

/** Orders names by their bytes, as tools that sort in the C locale do. */
export function compareNames(a: string, b: string): number {
  const length = Math.min(a.length, b.length);
  for (let at = 0; at < length; at += 1) {
    const [one, other] = [a.charCodeAt(at), b.charCodeAt(at)];
    if (one === other) continue;
    // UTF-16 orders as UTF-8 does, but for surrogates.
    if (!isSurrogate(one) && !isSurrogate(other)) return one - other;
    return Buffer.compare(encodeName(a), encodeName(b));
  }
  return a.length - b.length;
}

function isSurrogate(code: number): boolean {
  return code >= 0xd800 && code <= 0xdfff;
}

function decodeLossless(bytes: Uint8Array): string {
  let text = "";
  let at = 0;
  while (at < bytes.length) {
    const length = sequenceLength(bytes, at);
    if (length === 0) {
      text += String.fromCharCode(0xdc00 + (bytes[at] ?? 0));
      at += 1;
    } else {
      text += strict.decode(bytes.subarray(at, at + length));
      at += length;
    }
  }
  return text;
}

/** Length of the valid UTF-8 sequence at `at`, or 0 where there is none. */
function sequenceLength(bytes: Uint8Array, at: number): number {
  for (let length = 1; length <= 4 && at + length <= bytes.length; length += 1) {
    try {
      if (strict.decode(bytes.subarray(at, at + length)).length > 0) return length;
    } catch {
      // not complete at this length
    }
  }
  return 0;
}
