import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { chmod, mkdir, mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import type { PodImage } from "../../test/support/pod-image.ts";
import { podProfiles, writeServiceAccount } from "../../test/support/pods.ts";
import { rungsTaken, writeCaseSettings } from "./case.ts";
import { type ImageChoice, podImage } from "./image.ts";
import { judge, type SuiteResults, type Verdict } from "./judge.ts";

const suite = path.resolve("../shared/conformance");

interface MatrixFlags extends ImageChoice {
  readonly profile: readonly string[];
  readonly filter?: string | undefined;
  readonly jobs: string;
}

/** Runs the suite in the pods of the profiles, or of all, prints the table, and gives the exit status. */
export async function runMatrix(flags: MatrixFlags): Promise<number> {
  if (!existsSync(suite)) throw new Error(`there is no conformance suite in ${suite}`);
  const profiles = flags.profile.length === 0 ? Object.keys(podProfiles) : flags.profile;
  const directory = await mkdtemp(path.join(tmpdir(), "slipway-pods-"));
  try {
    const image = await podImage(flags, directory);
    const rows = ["| pod | rung | passed | failed | skipped |", "|---|---|---:|---:|---:|"];
    const faults: string[] = [];
    for (const profile of profiles) {
      const start = performance.now();
      const verdict = await judgeTwice({ profile, image, directory, flags });
      rows.push(`| \`${profile}\` | ${verdict.cells.join(" | ")} |`);
      faults.push(...verdict.faults.map((fault) => `${profile}: ${fault}`));
      const seconds = ((performance.now() - start) / 1000).toFixed(0);
      process.stdout.write(`${profile}: ${verdict.cells.join(", ")}, ${seconds} s\n`);
      for (const fault of verdict.faults) process.stdout.write(`  ${fault}\n`);
    }
    process.stdout.write(`\n${rows.join("\n")}\n\n`);
    return faults.length === 0 ? 0 : 1;
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

/**
 * Runs the suite, and once more those cases that fail and should not, which it names: the suite's web
 * server loses a connection now and then, and a real fault stays.
 */
async function judgeTwice(suiteRun: SuiteRun): Promise<Verdict> {
  const { profile, directory, flags } = suiteRun;
  const { results, rungs } = await runSuite(suiteRun);
  const verdict = await judge(profile, results, rungs);
  if (verdict.unexpected.length === 0) return verdict;
  process.stdout.write(`${profile}: trying again ${verdict.unexpected.join(", ")}\n`);
  const again = await runSuite({
    ...suiteRun,
    directory: path.join(directory, "again"),
    flags: { ...flags, filter: `^(${verdict.unexpected.join("|")})$` },
  });
  const second = new Map(again.results.results.map((result) => [result.case, result]));
  const merged = results.results.map((result) => second.get(result.case) ?? result);
  return judge(profile, { ...results, results: merged }, rungs);
}

interface SuiteRun {
  readonly profile: string;
  readonly image: PodImage;
  readonly directory: string;
  readonly flags: MatrixFlags;
}

async function runSuite({ profile, image, directory, flags }: SuiteRun): Promise<{
  readonly results: SuiteResults;
  readonly rungs: readonly string[];
}> {
  const place = path.join(directory, profile);
  const temporary = path.join(place, "tmp");
  await mkdir(temporary, { recursive: true });
  // The suite's cases lie below it, and the pod's user has to come to them.
  for (const name of [directory, place, temporary]) await chmod(name, 0o711);
  const environment = { PATH: process.env["PATH"] ?? "", HOME: temporary, TMPDIR: temporary };
  const { idShift, rung } = podProfiles[profile] ?? { idShift: 0 };
  const images = path.join(suite, "images");
  const account = await writeServiceAccount(path.join(place, "service-account"));
  const command = await writeCaseSettings(place, {
    profile,
    layers: await image.layers(idShift),
    entrypoint: image.entrypoint,
    environment: { ...image.environment, NO_COLOR: "1" },
    mounts: [temporary, images],
    // A command that removes all it can must not come to these.
    readOnlyMounts: [images],
    options: [`--serviceaccount=${account}`],
    outerVariables: Object.keys(environment),
  });
  const report = path.join(place, "results.json");
  const args = [`--slipway=${command.join(" ")}`, `--jobs=${flags.jobs}`, `--json=${report}`];
  if (flags.filter !== undefined) args.push(`--filter=${flags.filter}`);
  if (rung === "inplace") args.push("--skip-needs=netns,uts");
  const child = spawn(path.join(suite, "run"), args, { env: environment, stdio: "ignore" });
  await once(child, "exit");
  return {
    results: JSON.parse(await readFile(report, "utf8")) as SuiteResults,
    rungs: await rungsTaken(place),
  };
}
