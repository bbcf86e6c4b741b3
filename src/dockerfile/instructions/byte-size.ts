const shape = /^(\+?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:e[-+]?[0-9]+)?) ?(?:b|([kmgtp])(?:i?b)?)?$/i;
const powers = "kmgtp";

/** Parses a size such as `64m` or `1.5 GiB`, in powers of 1024, to bytes; undefined if it is none. */
export function parseByteSize(text: string): number | undefined {
  const match = shape.exec(text);
  if (match === null) return undefined;
  const power = powers.indexOf((match[2] ?? "").toLowerCase() || "-") + 1;
  const bytes = Math.trunc(Number(match[1]) * 1024 ** power);
  return Number.isSafeInteger(bytes) ? bytes : undefined;
}
