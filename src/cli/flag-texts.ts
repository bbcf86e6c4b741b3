import { isBuilderError } from "../errors/builder-error.ts";
import { UsageError } from "../errors/usage-error.ts";
import type { Platform } from "../image/platform.ts";
import {
  formatReference,
  type ImageReference,
  parseReference,
  withDefaultTag,
} from "../image/reference.ts";
import { type NamedContexts, parseNamedContext } from "../plan/named-context.ts";
import type { ClientCertificateFiles } from "../registry/registry-options.ts";
import type { Environment } from "./host.ts";

/**
 * Splits `NAME=VALUE` texts at the first `=`. The last one of a name wins.
 *
 * @throws USAGE_INVALID_VALUE when a text has no `=` or nothing before it.
 */
export function parsePairs(flag: string, texts: readonly string[]): ReadonlyMap<string, string> {
  return new Map(texts.map((text) => splitPair(flag, text)));
}

/**
 * Like `parsePairs`, but a name alone takes its value from the environment, and is dropped where
 * that has none (docker's rule for `--build-arg`).
 *
 * @throws USAGE_INVALID_VALUE
 */
export function parseBuildArgs(
  flag: string,
  texts: readonly string[],
  environment: Environment,
): ReadonlyMap<string, string> {
  const args = new Map<string, string>();
  for (const text of texts) {
    const [name, value] = text.includes("=") ? splitPair(flag, text) : [text, environment[text]];
    if (value !== undefined) args.set(name, value);
  }
  return args;
}

/**
 * Reads `NAME=VALUE` texts of named contexts; see `parseNamedContext`.
 *
 * @throws USAGE_INVALID_VALUE
 */
export function parseBuildContexts(
  flag: string,
  texts: readonly string[],
  host: Platform,
): NamedContexts {
  return new Map(
    texts.map((text) => {
      const [name, value] = splitPair(flag, text);
      return withFlag(flag, () => parseNamedContext(name, value, host));
    }),
  );
}

/**
 * Reads a number of things, 1 or more.
 *
 * @throws USAGE_INVALID_VALUE
 */
export function parseCount(flag: string, text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  if (!/^[1-9][0-9]{0,14}$/.test(text)) throw invalid(flag, text, "a whole number from 1 on");
  return Number(text);
}

/**
 * Reads how many retries there shall be beyond the usual.
 *
 * @throws USAGE_INVALID_VALUE
 */
export function parseRetries(flag: string, text = "0"): number {
  if (!/^[0-9]{1,3}$/.test(text)) throw invalid(flag, text, "a whole number below 1000");
  return Number(text);
}

/**
 * Reads names of `choices`, between commas or one by one; `none` alone is none of them. Undefined where there
 * is no text.
 *
 * @throws USAGE_INVALID_VALUE
 */
export function parseChoices<Choice extends string>(
  flag: string,
  texts: readonly string[],
  choices: readonly Choice[],
): readonly Choice[] | undefined {
  const names = texts.flatMap((text) => text.split(",")).map((name) => name.trim());
  const given = names.filter((name) => name !== "");
  if (given.length === 0) return undefined;
  if (given.every((name) => name === "none")) return [];
  return given.map((name) => {
    const choice = choices.find((each) => each === name);
    if (choice === undefined) throw invalid(flag, name, `${choices.join(", ")}, or none alone`);
    return choice;
  });
}

/**
 * Reads the names to push to; a name without a tag gets `latest`, a name given twice counts once.
 *
 * @throws USAGE_INVALID_VALUE when one is no image reference, or has a digest.
 */
export function parseDestinations(
  flag: string,
  texts: readonly string[],
): readonly ImageReference[] {
  const destinations = texts.map((text) => parseDestination(flag, text));
  return [...new Map(destinations.map((name) => [formatReference(name), name])).values()];
}

/**
 * Reads `HOST=OTHER[;HOST=OTHER]` texts; the others of one host keep their order.
 *
 * @throws USAGE_INVALID_VALUE
 */
export function parseRegistryMaps(flag: string, texts: readonly string[]): Map<string, string[]> {
  const maps = new Map<string, string[]>();
  for (const text of texts.flatMap((list) => list.split(";")).filter((pair) => pair !== "")) {
    const [host, other] = splitPair(flag, text);
    maps.set(host, [...(maps.get(host) ?? []), other]);
  }
  return maps;
}

/**
 * Reads `HOST=CERTIFICATE,KEY` texts.
 *
 * @throws USAGE_INVALID_VALUE
 */
export function parseClientCertificates(
  flag: string,
  texts: readonly string[],
): ReadonlyMap<string, ClientCertificateFiles> {
  const pairs = [...parsePairs(flag, texts)].map(([host, files]) => {
    const [certificate = "", key = "", ...more] = files.split(",");
    if (certificate === "" || key === "" || more.length > 0) {
      throw invalid(flag, `${host}=${files}`, "HOST=CERTIFICATE,KEY");
    }
    return [host, { certificate, key }] as const;
  });
  return new Map(pairs);
}

/**
 * Reads the name of an image.
 *
 * @throws USAGE_INVALID_VALUE
 */
export function parseImageReference(flag: string, text: string): ImageReference {
  return withFlag(flag, () => parseReference(text));
}

function parseDestination(flag: string, text: string): ImageReference {
  const reference = parseImageReference(flag, text);
  if (reference.digest !== undefined) {
    throw new UsageError("USAGE_INVALID_VALUE", `${flag} ${text} has a digest`, {
      hint: "An image is pushed to a tag; its digest is what comes out",
    });
  }
  return withDefaultTag(reference);
}

/** Calls `read`; what it says of a reference becomes an error of the flag. */
function withFlag<T>(flag: string, read: () => T): T {
  try {
    return read();
  } catch (error) {
    if (!isBuilderError(error, "IMAGE_REFERENCE_INVALID")) throw error;
    throw new UsageError("USAGE_INVALID_VALUE", `${flag}: ${error.message}`, {
      ...(error.hint === undefined ? {} : { hint: error.hint }),
      cause: error,
    });
  }
}

function splitPair(flag: string, text: string): [name: string, value: string] {
  const equals = text.indexOf("=");
  if (equals < 1) throw invalid(flag, text, "NAME=VALUE");
  return [text.slice(0, equals), text.slice(equals + 1)];
}

function invalid(flag: string, text: string, form: string): UsageError {
  return new UsageError("USAGE_INVALID_VALUE", `${flag} does not take ${JSON.stringify(text)}`, {
    hint: `It takes ${form}`,
  });
}
