import { writeFile } from "node:fs/promises";
import path from "node:path";
import { authExplainFlags, loginFlags } from "../../src/cli/flags/auth-flags.ts";
import { buildFlags } from "../../src/cli/flags/build-flags.ts";
import { cacheListFlags, cachePruneFlags } from "../../src/cli/flags/cache-place-flags.ts";
import { fanOutFlags } from "../../src/cli/flags/fan-out-flags.ts";
import { type Flag, type FlagTable, variableOf } from "../../src/cli/flags/flag.ts";
import { copyFlags, inspectFlags, pushFlags } from "../../src/cli/flags/image-flags.ts";
import { indexFlags } from "../../src/cli/flags/index-flags.ts";
import {
  ignoredKanikoFlags,
  type KanikoFlag,
  unsupportedKanikoFlags,
} from "../../src/cli/flags/kaniko-flags.ts";
import { logFlags } from "../../src/cli/flags/log-flags.ts";
import { outlineFlags, sourceFlags } from "../../src/cli/flags/query-flags.ts";
import { registryFlags } from "../../src/cli/flags/registry-flags.ts";
import { warmFlags } from "../../src/cli/flags/warm-flags.ts";
import { errorCodes } from "../../src/errors/codes.ts";
import { catalogDocuments } from "./catalog-documents.ts";
import { kanikoDocument, renderKanikoDocument } from "./kaniko-document.ts";
import { lines, originNote, table } from "./markdown.ts";
import { workflowDocuments } from "./workflow-documents.ts";

/** Documents that tables of the code are the source of, by their path in the repository. */
export const generatedDocuments: Readonly<Record<string, () => string>> = {
  "docs/errors.md": errorsDocument,
  "docs/flags.md": flagsDocument,
  [kanikoDocument]: renderKanikoDocument,
  ...catalogDocuments(),
  ...workflowDocuments(),
};

const origin = originNote("the code");

/** Commands that handle images which are there already. */
const imageCommands: Readonly<Record<string, FlagTable>> = {
  index: indexFlags,
  copy: copyFlags,
  push: pushFlags,
  inspect: inspectFlags,
  warm: warmFlags,
};

function errorsDocument(): string {
  const rows = Object.entries(errorCodes).map(([code, { exitCode, meaning, hint }]) => [
    `\`${code}\``,
    String(exitCode),
    meaning,
    hint,
  ]);
  return lines(
    "# Errors",
    "",
    origin,
    "",
    "A run of slipway that fails prints one error: a sentence, its code, the place in the Dockerfile where",
    "there is one, and a hint. With `--log-format json` it is one JSON object with the fields `msg`, `code`,",
    "`exitCode`, `hint` and, where they apply, `location`, `lastLines` and `stack`. A failure leaves no result",
    "file, and no image under the tag. Codes keep their meaning in all versions.",
    "",
    "Exit code 75 says that the same build may succeed later: a pipeline can retry on it",
    "(`lastRetry.exitCode` in Argo).",
    "",
    ...table(["Code", "Exit code", "What happened", "What to try"], rows),
  );
}

function flagsDocument(): string {
  const groups = Map.groupBy(Object.entries<Flag>(buildFlags), ([, flag]) => flag.group);
  return lines(
    "# Flags of slipway build",
    "",
    origin,
    "",
    "Names, short names and defaults are kaniko's where kaniko has the flag, and so is the grammar:",
    "`--name value`, `--name=value`, `-n value`, `-nvalue`. What follows a flag that takes a value is its value,",
    "whatever it looks like. A switch is turned off with `--name=false`. Of a flag that is given twice the last",
    "one counts, unless it is repeatable. An empty value counts as not given.",
    "",
    "Each flag can be given by an environment variable. A flag wins over the environment, that over what a pipeline",
    "provides (`--pipeline`), and that over the default; lists are not merged. A list has one element a line, or is a",
    "JSON array of texts.",
    "",
    "Pipelines have lists too. `--build-arg[]` has all arguments after it, up to a lone `--`, as values of `--build-arg`,",
    "and `--build-arg[]=TEXT` those of a list in one text; so has every repeatable flag. `--args[]` has whole arguments.",
    ...[...groups].flatMap(([group, flags]) => [
      "",
      `## ${group}`,
      "",
      ...table(["Flag", "Environment", "Default", "Meaning"], flags.map(flagRow)),
    ]),
    "",
    "## Flags of slipway check, outline and plan",
    "",
    `They take ${Object.keys(sourceFlags)
      .map((name) => `\`--${name}\``)
      .join(", ")}, the flags for registries and`,
    "the log, and these; `--resolve` is not for `slipway check`, which asks registries in any case.",
    "",
    ...table(
      ["Flag", "Environment", "Default", "Meaning"],
      Object.entries<Flag>(outlineFlags)
        .filter(([, { group }]) => group === "What is shown")
        .map(flagRow),
    ),
    "",
    "`slipway plan` takes `--destination` and these too:",
    "",
    ...table(
      ["Flag", "Environment", "Default", "Meaning"],
      Object.entries<Flag>(fanOutFlags).map(flagRow),
    ),
    "",
    ...Object.entries(imageCommands).flatMap(([name, flags]) => ownFlags(name, flags)),
    ...ownFlags("cache list", cacheListFlags),
    ...ownFlags("cache prune", cachePruneFlags),
    ...ownFlags("auth explain", authExplainFlags),
    ...ownFlags("login", loginFlags),
    "## Flags of slipway doctor",
    "",
    "They are those of `slipway build`, to show what a build with them would do, and `--format`.",
    "",
    "## Flags of kaniko that are ignored",
    "",
    "They have no meaning here. Each is taken with one notice in the log.",
    "",
    ...kanikoTable(ignoredKanikoFlags),
    "",
    "## Flags of kaniko that are not supported yet",
    "",
    "They are an error (`USAGE_UNSUPPORTED_FLAG`), except for switches that say `false`.",
    "",
    ...kanikoTable(unsupportedKanikoFlags),
  );
}

function ownFlags(name: string, flags: FlagTable): string[] {
  const shared = Object.values<Flag>({ ...registryFlags, ...logFlags });
  const own = Object.entries<Flag>(flags).filter(([, flag]) => !shared.includes(flag));
  const places = own.filter(([, { positional }]) => positional === true);
  const bare = places.map(([flag]) => `\`--${flag}\``).join(", then ");
  return [
    `## Flags of slipway ${name}`,
    "",
    "They are these, the flags for registries, and those for the log.",
    ...(bare === "" ? [] : ["", `Arguments without a flag are ${bare}.`]),
    "",
    ...table(["Flag", "Environment", "Default", "Meaning"], own.map(flagRow)),
    "",
  ];
}

function flagRow([name, flag]: readonly [string, Flag]): string[] {
  const short = flag.short === undefined ? "" : `\`-${flag.short}\`, `;
  const value = flag.kind === "switch" ? "" : ` ${flag.value}`;
  const variables = [variableOf(name), flag.kanikoVariable].filter((text) => text !== undefined);
  const choices = flag.kind === "text" ? flag.choices : undefined;
  const old = (flag.aliases ?? []).map((alias) => `Old spelling: \`--${alias}\``);
  const meaning = [
    flag.description,
    ...(choices === undefined ? [] : [`One of ${choices.map((text) => `\`${text}\``).join(", ")}`]),
    ...(flag.kind === "list" ? ["Repeatable"] : []),
    ...old,
  ];
  return [
    `${short}\`--${name}${value}\``,
    variables.map((variable) => `\`${variable}\``).join(", "),
    flag.kind !== "list" && flag.default !== undefined ? `\`${flag.default}\`` : "",
    `${meaning.join(". ")}.`,
  ];
}

function kanikoTable(flags: Readonly<Record<string, KanikoFlag>>): string[] {
  const rows = Object.entries(flags).map(([name, { note }]) => [`\`--${name}\``, note]);
  return table(["Flag", "Why"], rows);
}

// `npm run docs`
if (process.argv[1] === import.meta.filename) {
  for (const [name, render] of Object.entries(generatedDocuments)) {
    await writeFile(path.resolve(name), render());
  }
}
