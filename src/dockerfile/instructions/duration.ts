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
const longest = 2n ** 63n - 1n;
const shape = /^([-+]?)(.*)$/s;
const component = /([0-9]*)(?:\.([0-9]*))?([^0-9.]*)/y;
const mostFractionDigits = 18;

/**
 * Parses a duration in Go's notation, such as `1h30m` or `1.5s`, to integer nanoseconds.
 * @throws DOCKERFILE_SYNTAX for anything else, and for more than about 292 years
 */
export function parseDuration(text: string): number {
  const [, sign, amount = ""] = shape.exec(text) ?? [];
  if (amount === "") throw invalid(text);
  if (amount === "0") return 0;
  let total = 0n;
  component.lastIndex = 0;
  while (component.lastIndex < amount.length) {
    total += parseComponent(component.exec(amount) ?? [], text);
    if (total > longest) throw invalid(text);
  }
  return Number(sign === "-" ? -total : total);
}

function parseComponent(match: readonly string[], text: string): bigint {
  const [, whole = "", fraction = "", unit = ""] = match;
  if (whole === "" && fraction === "") throw invalid(text);
  if (unit === "") throw syntaxError(`time: missing unit in duration ${quote(text)}`);
  const scale = Object.hasOwn(nanoseconds, unit) ? nanoseconds[unit] : undefined;
  if (scale === undefined) {
    throw syntaxError(`time: unknown unit ${quote(unit)} in duration ${quote(text)}`);
  }
  const digits = fraction.slice(0, mostFractionDigits);
  return BigInt(whole) * scale + (BigInt(digits) * scale) / 10n ** BigInt(digits.length);
}

function invalid(text: string): Error {
  return syntaxError(`time: invalid duration ${quote(text)}`);
}
