const unitMilliseconds: Readonly<Record<string, number>> = {
  h: 3_600_000,
  m: 60_000,
  s: 1000,
  ms: 1,
  us: 1e-3,
  µs: 1e-3,
  ns: 1e-6,
};

/** The milliseconds of a duration as Go writes it, such as `1h30m0s` or `1.5s`. */
export function parseDuration(text: string): number {
  const [, sign, amounts = ""] = /^([+-]?)((?:[\d.]+[a-zµ]+)+|0)$/.exec(text) ?? [];
  if (sign === undefined) throw new Error(`invalid duration '${text}'`);
  let sum = 0;
  for (const [, amount, unit = ""] of amounts.matchAll(/([\d.]+)([a-zµ]+)/g)) {
    const milliseconds = unitMilliseconds[unit];
    if (milliseconds === undefined) throw new Error(`invalid duration '${text}'`);
    sum += Number(amount) * milliseconds;
  }
  return sign === "-" ? -sum : sum;
}
