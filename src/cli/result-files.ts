import { join, resolve } from "node:path";
import { UsageError } from "../errors/usage-error.ts";
import type { ResultFiles } from "../output/result-files.ts";
import { type ResultName, resultNames } from "../pipeline/results.ts";
import type { OutputOptions } from "./build-options.ts";
import { parsePairs } from "./flag-texts.ts";
import type { buildFlags } from "./flags/build-flags.ts";
import type { FlagValues } from "./flags/flag.ts";
import type { Host, Surroundings } from "./host.ts";

const namesNeeded = ["image-name-with-digest-file", "image-name-tag-with-digest-file"] as const;

type ResultFlag =
  | (typeof namesNeeded)[number]
  | "digest-file"
  | "image-url-file"
  | "result"
  | "workspace";

type ResultValues = Pick<FlagValues<typeof buildFlags>, ResultFlag>;

/**
 * What the flags and kaniko's variable BUILDER_OUTPUT say of result files; `isNamed` tells whether the
 * image has a name.
 *
 * @throws USAGE_INVALID_VALUE, USAGE_CONFLICT
 */
export function readResults(
  values: ResultValues,
  { engine, host, isNamed }: Surroundings & { readonly isNamed: boolean },
): Pick<OutputOptions, "resultFiles" | "results"> {
  return {
    resultFiles: { ...readResultFiles(values, isNamed), images: imagesFile(host) },
    results: {
      files: parseResultFiles("--result", values.result),
      isLimited: engine !== undefined,
      workspace: values.workspace,
    },
  };
}

function imagesFile({ environment }: Host): string | undefined {
  const directory = environment["BUILDER_OUTPUT"] ?? "";
  return directory === "" ? undefined : join(directory, "images");
}

function readResultFiles(values: ResultValues, isNamed: boolean): Omit<ResultFiles, "images"> {
  for (const flag of isNamed ? [] : namesNeeded) {
    if (values[flag] !== undefined) {
      throw new UsageError("USAGE_CONFLICT", `--${flag} needs a --destination to name`);
    }
  }
  for (const flag of [...namesNeeded, "digest-file", "image-url-file"] as const) {
    if (/^https?:\/\//i.test(values[flag] ?? "")) {
      throw new UsageError("USAGE_INVALID_VALUE", `--${flag} cannot write to a URL`, {
        hint: "Name a file",
      });
    }
  }
  return {
    digest: values["digest-file"],
    nameWithDigest: values["image-name-with-digest-file"],
    nameTagWithDigest: values["image-name-tag-with-digest-file"],
    url: values["image-url-file"],
  };
}

/**
 * Reads `NAME=FILE` texts of `--result`.
 *
 * @throws USAGE_INVALID_VALUE
 */
export function parseResultFiles(
  flag: string,
  texts: readonly string[],
): ReadonlyMap<ResultName, string> {
  const files = new Map<ResultName, string>();
  for (const [name, file] of parsePairs(flag, texts)) {
    const result = resultNames.find((known) => known === name);
    if (result === undefined) {
      throw new UsageError("USAGE_INVALID_VALUE", `${flag}: there is no result ${name}`, {
        hint: `Results are ${resultNames.join(", ")}`,
      });
    }
    // An engine leaves out the path of a result that a Task does not declare.
    if (file !== "") files.set(result, resolve(file));
  }
  return files;
}
