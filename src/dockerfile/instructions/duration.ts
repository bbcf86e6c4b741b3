import { quote } from "../quote.ts";
import { syntaxError } from "../syntax-error.ts";

const nanoseconds: Readonly<Record<string, bigint>> = {
  ns: 1n,
  us: 1_000n,
  "\u00b5s": 1_000n,
  "\u03bcs": 1_000n,
  ms: 1_000_000n,
  s: 1_000_000_000n,
  m: 60_000_000_000n,
  h: 3_600_000_000_000n,
};
const longest = 1n << 63n;
const component = /([0-9]*)(?:\.([0-9]*))?([^0-9.]*)/y;

/**
 * Parses a duration in Go's notation, such as `1h30m` or `1.5s`, to integer nanoseconds.
 * @throws DOCKERFILE_SYNTAX for anything else, and for more than about 292 years
 */
export function parseDuration(text: string): number {
  const sign = /^[-+]/.exec(text)?.[0] ?? "";
  const digits = text.slice(sign.length);
  if (digits === "0") return 0;
  if (digits === "") throw invalid(text);
  let total = 0n;
  for (component.lastIndex = 0; component.lastIndex < digits.length; ) {
    const match = component.exec(digits);
    total += parseComponent(match?.[1] ?? "", match?.[2] ?? "", { unit: match?.[3] ?? "", text });
    if (total > longest || (total === longest && sign !== "-")) throw invalid(text);
  }
  return Number(sign === "-" ? -total : total);
}

function parseComponent(
  whole: string,
  fraction: string,
  { unit, text }: { unit: string; text: string },
): bigint {
  if (whole === "" && fraction === "") throw invalid(text);
  if (unit === "") throw syntaxError(`time: missing unit in duration ${quote(text)}`);
  const scale = Object.hasOwn(nanoseconds, unit) ? nanoseconds[unit] : undefined;
  if (scale === undefined) {
    throw syntaxError(`time: unknown unit ${quote(unit)} in duration ${quote(text)}`);
  }
  const kept = fraction.slice(0, 18);
  return BigInt(whole) * scale + (BigInt(kept) * scale) / 10n ** BigInt(kept.length);
}

function invalid(text: string): Error {
  return syntaxError(`time: invalid duration ${quote(text)}`);
}
