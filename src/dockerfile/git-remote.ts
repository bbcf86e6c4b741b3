import { percentDecode, percentEncode } from "./percent-encoding.ts";

/** A git URL taken apart. */
export interface GitRemote {
  readonly scheme: GitScheme;
  /** With its port, if any. */
  readonly host: string;
  /** Decoded. */
  readonly path: string;
  /** User name, and the password behind a colon, encoded as in the URL. */
  readonly user: string | undefined;
  /** Decoded names and values, in order. */
  readonly query: readonly (readonly [name: string, value: string])[];
  /** Decoded; empty where there is none. */
  readonly fragment: string;
  /** The URL without query and fragment, as git takes it. */
  readonly remote: string;
}

/** The schemes that mean git. */
export type GitScheme = "git" | "http" | "https" | "ssh";

const schemes: readonly GitScheme[] = ["git", "http", "https", "ssh"];
const controlCharacter = /[^\P{Cc}\u0080-\u009f]/u;
const schemeShape = /^([a-zA-Z0-9]+):\/\//;
const scpShape = /^([a-zA-Z0-9_-]+)@([a-zA-Z0-9.-]+):([^?#\n]*)(?:\?([^#\n]*))?(?:#([^\n]*))?$/;
const hostShape = /^(?:\[[0-9a-fA-F:.]+\]|[^\s:[\]{}|\\^`/%]*)(?::[0-9]*)?$/;
const userShape = /^[A-Za-z0-9\-._~!$&'()*+,;=%@:]*$/;
const pathShape = /^[A-Za-z0-9\-._~!$&'()*+,;=%@:[\]/]*$/;

/**
 * Takes apart what may be a git URL: `scheme://...`, or `user@host:path` for ssh.
 * @returns undefined where it is neither, or malformed
 */
export function parseGitRemote(text: string): GitRemote | undefined {
  const scheme = readScheme(text);
  return scheme === undefined ? parseScp(text) : parseUrl(scheme, text.slice(scheme.length + 1));
}

/** Tells whether the form of `text` alone, its scheme or `user@host:`, says that git is meant. */
export function isGitTransport(text: string): boolean {
  return readScheme(text) !== undefined || scpShape.test(text);
}

/**
 * Takes apart a URL whose scheme is known. `rest` is what follows the scheme's colon; it has a host
 * if it begins with `//`.
 * @returns undefined where it is malformed
 */
export function parseUrl(scheme: GitScheme, rest: string): GitRemote | undefined {
  if (controlCharacter.test(rest)) return undefined;
  const [beforeFragment, rawFragment = ""] = cut(rest, "#");
  const [hierarchy, rawQuery] = cut(beforeFragment, "?");
  const fragment = percentDecode(rawFragment);
  const place = parsePlace(hierarchy);
  if (place === undefined || fragment === undefined) return undefined;
  const { host, path, user } = place;
  // A question mark without a query behind it stays.
  const remote = `${scheme}:${place.text}${rawQuery === "" ? "?" : ""}`;
  return { scheme, host, path, user, query: parseQuery(rawQuery ?? ""), fragment, remote };
}

/** Host and path, decoded, and both together in normal form. */
type Place = Pick<GitRemote, "host" | "path" | "user"> & { readonly text: string };

function parsePlace(hierarchy: string): Place | undefined {
  const hasHost = hierarchy.startsWith("//");
  const slash = hasHost ? hierarchy.indexOf("/", 2) : 0;
  const end = slash < 0 ? hierarchy.length : slash;
  const authority = parseAuthority(hasHost ? hierarchy.slice(2, end) : "");
  const rawPath = hierarchy.slice(end);
  const path = percentDecode(rawPath);
  if (authority === undefined || path === undefined) return undefined;
  const { host, user } = authority;
  const text = [
    user === undefined ? "" : `${user}@`,
    percentEncode(host, "!$&'()*+,;=:[]<>\""),
    pathShape.test(rawPath) ? rawPath : percentEncode(path, "$&+,/:;=@"),
  ].join("");
  return { host, path, user, text: text === "" ? "" : `//${text}` };
}

function readScheme(text: string): GitScheme | undefined {
  const written = schemeShape.exec(text)?.[1]?.toLowerCase();
  return schemes.find((scheme) => scheme === written);
}

function parseScp(text: string): GitRemote | undefined {
  const match = scpShape.exec(text);
  if (match === null) return undefined;
  const [, user = "", host = "", path = "", query = "", fragment = ""] = match;
  const remote = `${user}@${host}:${path}`;
  return { scheme: "ssh", host, path, user, query: parseQuery(query), fragment, remote };
}

function parseAuthority(authority: string): { user: string | undefined; host: string } | undefined {
  const at = authority.lastIndexOf("@");
  const host = authority.slice(at + 1);
  if (!hostShape.test(host)) return undefined;
  if (at < 0) return { user: undefined, host };
  const written = authority.slice(0, at);
  const [name, password] = cut(written, ":");
  const parts = [name, ...(password === undefined ? [] : [password])].map(percentDecode);
  if (!userShape.test(written) || parts.includes(undefined)) return undefined;
  return { user: parts.map((part) => percentEncode(part ?? "", "$&+,;=")).join(":"), host };
}

/** Pairs that are malformed are left out. */
function parseQuery(text: string): [string, string][] {
  const pairs: [string, string][] = [];
  for (const pair of text.replaceAll("+", " ").split("&")) {
    const [rawName, rawValue = ""] = cut(pair, "=");
    const name = percentDecode(rawName);
    const value = percentDecode(rawValue);
    if (pair === "" || pair.includes(";") || name === undefined || value === undefined) continue;
    pairs.push([name, value]);
  }
  return pairs;
}

function cut(text: string, separator: string): [string, string | undefined] {
  const index = text.indexOf(separator);
  if (index < 0) return [text, undefined];
  return [text.slice(0, index), text.slice(index + separator.length)];
}
