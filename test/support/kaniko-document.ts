import { readFileSync } from "node:fs";
import path from "node:path";
import { buildFlags } from "../../src/cli/flags/build-flags.ts";
import type { Flag } from "../../src/cli/flags/flag.ts";
import { ignoredKanikoFlags, unsupportedKanikoFlags } from "../../src/cli/flags/kaniko-flags.ts";
import { type KanikoExecutorFlag, kanikoExecutorFlags } from "./kaniko-executor-flags.ts";
import { lines, originNote, table } from "./markdown.ts";

/** The document about coming from kaniko: what is above the note is written by hand, the table is made. */
export const kanikoDocument = "docs/migrating-from-kaniko.md";

/** What is not quite the same under the same name. */
const differences: Partial<Record<KanikoExecutorFlag, string>> = {
  bucket: "not together with `--context`",
  "cache-dir": "without a default; filled by the builds themselves, and by `slipway warm`",
  cache: "[docs/caching.md](caching.md)",
  "cache-copy-layers": "true where it is not given",
  compression: "`none` too",
  "compression-level": "1 to 9 for gzip (kaniko's default is 1, ours 6), 1 to 19 for zstd",
  context:
    "submodules are fetched unless `--git recurse-submodules=false`, and `.git` is left out unless `?keep-git-dir=true` ([git.md](git.md)); `git://HOST:PORT/` is git's own protocol unless `GIT_PULL_METHOD` says otherwise; a key with / at its end is all objects below it",
  "credential-helpers":
    "`none` where kaniko has an empty value; there are `github` and `dockerhub` besides",
  "digest-file": "a file, no URL; written after the push",
  force:
    "needed only outside of the step image, where RUN may take the place of the machine's files",
  git: "1 commit unless `depth` says otherwise; several with commas between them; a switch may stand alone; `single-branch` changes nothing",
  "image-format": "`oci` where it is not given, whatever the base image has",
  "image-name-tag-with-digest-file": "a file, no URL; written after the push",
  "image-name-with-digest-file": "a file, no URL; written after the push",
  "image-download-retry": "counts on top of five retries of each request",
  "push-ignore-immutable-tag-errors": "the image is pushed under its digest then",
  "push-retry": "counts on top of five retries of each request",
  reproducible: "layers of base images stay as they are",
  target: "one stage",
};

const origin = originNote("the flags");
const tables: Readonly<Record<string, Flag>> = buildFlags;

/** The document with the table of now. */
export function renderKanikoDocument(): string {
  const present = readFileSync(path.resolve(kanikoDocument), "utf8");
  const [head = ""] = present.split(origin);
  return `${head}${lines(
    origin,
    "",
    ...table(["Flag of kaniko", "Here", "What to know"], kanikoExecutorFlags.map(flagRow)),
  )}`;
}

function flagRow(name: KanikoExecutorFlag): string[] {
  const cell = `\`--${name}\``;
  if (name in tables) return [cell, "the same", differences[name] ?? ""];
  const renamed = Object.entries(tables).find(([, { aliases = [] }]) => aliases.includes(name));
  if (renamed !== undefined) return [cell, "renamed", `\`--${renamed[0]}\`; both are taken`];
  const ignored = ignoredKanikoFlags[name];
  if (ignored !== undefined) return [cell, "ignored", ignored.note];
  const unsupported = unsupportedKanikoFlags[name];
  if (unsupported !== undefined) return [cell, "refused", unsupported.note];
  throw new Error(`slipway does not know kaniko's --${name}`);
}
