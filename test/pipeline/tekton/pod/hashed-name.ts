/**
 * Tekton's name of a volume that it makes for something with a name: the hash is FNV-1a of 32 bits in
 * hexadecimal without leading zeros, cut to `length` or filled with zeros behind. Found by comparing
 * the recorded pods of ../shared/vectors/pipelines with the hashes of their names.
 */
export function hashedName(prefix: string, name: string, length: number): string {
  let hash = 0x811c9dc5;
  for (const byte of Buffer.from(name)) hash = Math.imul(hash ^ byte, 0x01000193);
  return `${prefix}-${(hash >>> 0).toString(16).padEnd(length, "0").slice(0, length)}`;
}
