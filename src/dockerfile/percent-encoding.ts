const escapeShape = /%([0-9a-fA-F]{2})?/g;

/** Decodes the percent escapes of a part of a URL; undefined where one is malformed. */
export function percentDecode(text: string): string | undefined {
  if (!text.includes("%")) return text;
  if ([...text.matchAll(escapeShape)].some((match) => match[1] === undefined)) return undefined;
  const bytes = Buffer.from(text).toString("latin1");
  const decoded = bytes.replace(escapeShape, (_, hex: string) =>
    String.fromCharCode(Number.parseInt(hex, 16)),
  );
  return Buffer.from(decoded, "latin1").toString("utf8");
}

/** Encodes all of `text` but letters, digits, `-`, `_`, `.`, `~` and the characters in `allowed`. */
export function percentEncode(text: string, allowed: string): string {
  let encoded = "";
  for (const byte of Buffer.from(text)) {
    const character = String.fromCharCode(byte);
    const isPlain = /[A-Za-z0-9\-_.~]/.test(character) || allowed.includes(character);
    encoded += isPlain ? character : `%${byte.toString(16).toUpperCase().padStart(2, "0")}`;
  }
  return encoded;
}
