import { isBuilderError } from "../errors/builder-error.ts";
import { UsageError } from "../errors/usage-error.ts";
import {
  formatReference,
  type ImageReference,
  parseReference,
  withDefaultTag,
} from "../image/reference.ts";
import type { ClientCertificatePaths } from "./build-options.ts";
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
): ReadonlyMap<string, ClientCertificatePaths> {
  const pairs = [...parsePairs(flag, texts)].map(([host, files]) => {
    const [certificate = "", key = "", ...more] = files.split(",");
    if (certificate === "" || key === "" || more.length > 0) {
      throw invalid(flag, `${host}=${files}`, "HOST=CERTIFICATE,KEY");
    }
    return [host, { certificate, key }] as const;
  });
  return new Map(pairs);
}

function parseDestination(flag: string, text: string): ImageReference {
  let reference: ImageReference;
  try {
    reference = parseReference(text);
  } catch (error) {
    if (!isBuilderError(error, "IMAGE_REFERENCE_INVALID")) throw error;
    throw new UsageError("USAGE_INVALID_VALUE", `${flag}: ${error.message}`, {
      ...(error.hint === undefined ? {} : { hint: error.hint }),
      cause: error,
    });
  }
  if (reference.digest !== undefined) {
    throw new UsageError("USAGE_INVALID_VALUE", `${flag} ${text} has a digest`, {
      hint: "An image is pushed to a tag; its digest is what comes out",
    });
  }
  return withDefaultTag(reference);
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
