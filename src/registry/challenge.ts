/** One way of authentication that a server offers in WWW-Authenticate (RFC 9110, section 11.6.1). */
export interface Challenge {
  /** Lower case: `bearer`, `basic`. */
  readonly scheme: string;
  /** Parameters by lower-case name. */
  readonly parameters: ReadonlyMap<string, string>;
}

const token = "[!#$%&'*+.^_`|~0-9A-Za-z-]+";
const schemeStart = new RegExp(`^[\\s,]*(${token})(?=\\s|,|$)(?!\\s*=)`);
const parameter = new RegExp(`^[\\s,]*(${token})\\s*=\\s*(?:"((?:[^"\\\\]|\\\\.)*)"|(${token}))`);
const longestHeader = 8 * 1024;

/** Reads the values of WWW-Authenticate headers. What does not follow the grammar is left out. */
export function parseChallenges(headers: readonly string[]): Challenge[] {
  return headers.flatMap((header) => parseHeader(header.slice(0, longestHeader)));
}

function parseHeader(header: string): Challenge[] {
  const challenges: { scheme: string; parameters: Map<string, string> }[] = [];
  let rest = header;
  for (;;) {
    const start = schemeStart.exec(rest);
    const next = start ?? parameter.exec(rest);
    if (next === null) return challenges;
    rest = rest.slice(next[0].length);
    const name = (next[1] ?? "").toLowerCase();
    if (start === null) {
      const value = next[2]?.replace(/\\(.)/g, "$1") ?? next[3] ?? "";
      challenges.at(-1)?.parameters.set(name, value);
    } else {
      challenges.push({ scheme: name, parameters: new Map() });
    }
  }
}
