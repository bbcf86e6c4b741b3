// `npm run bench [-- --rounds N --only REGEX --builders REGEX]`: slipway and other builders make the same images, from and
// to the same kind of registry on loopback; prints Markdown. As root. kaniko and BuildKit take part where KANIKO,
// or BUILDKITD and BUILDCTL, name their programs.
import { mkdir, mkdtemp, writeFile } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { parseArgs } from "node:util";
import { startDockerRegistry } from "../test/support/docker-registry.ts";
import { hasPods } from "../test/support/pods.ts";
import { offerBases } from "./build/bases.ts";
import { type Builder, builders as hostBuilders } from "./build/builders.ts";
import { buildkit } from "./build/buildkit.ts";
import { measureRound, type Phase, phasesOf, takesPart } from "./build/phases.ts";
import { kanikoInPod, slipwayInPod } from "./build/pod-builders.ts";
import { type Measured, summaryTable } from "./build/summary.ts";
import { type Result, resultTable } from "./build/table.ts";
import { type Workload, workloads } from "./build/workloads.ts";
import { machineTable } from "./machine.ts";
import { removeTree } from "./remove-tree.ts";

const { values: flags } = parseArgs({
  options: {
    rounds: { type: "string", default: "3" },
    only: { type: "string", default: "" },
    builders: { type: "string", default: "" },
  },
});
const rounds = Number(flags.rounds);

const directory = await mkdtemp(path.join(os.tmpdir(), "slipway-bench-"));
try {
  const builders = await chosenBuilders();
  const chosen = Object.entries(workloads).filter(([name]) => new RegExp(flags.only).test(name));
  await using template = await startDockerRegistry();
  const bases = path.join(directory, "bases");
  await mkdir(bases);
  await offerBases(
    chosen.map(([, workload]) => workload),
    template.host,
    bases,
  );
  const measured: Measured[] = [];
  for (const [name, workload] of chosen) {
    const context = await writeContext(workload);
    const results = emptyResults(workload, builders);
    for (const { builder, turn } of turnsOf(builders)) {
      const place = { context, template, directory, turn };
      for (const [phase, result] of await measureRound(builder, workload, place)) {
        results.get(phase)?.get(builder.name)?.push(result);
      }
    }
    for (const [phase, each] of results) {
      process.stdout.write(`\n### ${name}: ${phase}\n\n${resultTable(each, "slipway")}`);
      measured.push({ workload: name, phase, results: each, wanted: wanted(workload, phase) });
    }
    await removeTree(context);
  }
  process.stdout.write(`\n## All\n\n${summaryTable(measured, builders)}\n${conditions()}\n`);
  process.stdout.write(`\n## The machine\n\n${await machineTable(path.join(directory, "disk"))}`);
} finally {
  await removeTree(directory);
}

async function chosenBuilders(): Promise<readonly Builder[]> {
  const { KANIKO: kaniko, BUILDKITD: buildkitd, BUILDCTL: buildctl } = process.env;
  const all = [...hostBuilders];
  if (hasPods()) all.push(await slipwayInPod(await newDirectory("step-image")));
  if (kaniko !== undefined) all.push(await kanikoInPod(kaniko, await newDirectory("kaniko-image")));
  if (buildkitd !== undefined && buildctl !== undefined) {
    all.push(buildkit({ buildkitd, buildctl }));
  }
  return all.filter(({ name }) => name === "slipway" || new RegExp(flags.builders).test(name));
}

async function newDirectory(name: string): Promise<string> {
  const made = path.join(directory, name);
  await mkdir(made);
  return made;
}

/** All builders once, then all once more, for as many rounds as there are. */
function turnsOf(
  builders: readonly Builder[],
): readonly { readonly builder: Builder; readonly turn: string }[] {
  return Array.from({ length: rounds }, (_, round) =>
    builders.map((builder) => ({ builder, turn: `${builder.name}, ${round}` })),
  ).flat();
}

async function writeContext(workload: Workload): Promise<string> {
  const context = await mkdtemp(path.join(directory, "context-"));
  const lines = ["ARG REGISTRY", ...workload.dockerfile, ""];
  await writeFile(path.join(context, "Dockerfile"), lines.join("\n"));
  await workload.writeContext?.(context);
  return context;
}

function emptyResults(
  workload: Workload,
  builders: readonly Builder[],
): ReadonlyMap<Phase, ReadonlyMap<string, Result[]>> {
  return new Map(
    phasesOf(workload).map((phase) => [
      phase,
      new Map(
        builders.filter((builder) => takesPart(builder, phase)).map(({ name }) => [name, []]),
      ),
    ]),
  );
}

/** What the shares that are wanted of slipway's times are: of every workload, or of its phase. */
function wanted(workload: Workload, phase: Phase): number | undefined {
  const shares: Readonly<Record<Phase, number | undefined>> = {
    cold: workload.wanted ?? 1,
    "filling the cache": undefined,
    cached: 0.2,
    "one file changed": workload.wantedAfterChange ?? 1,
  };
  return shares[phase];
}

function conditions(): string {
  const [processor] = os.cpus();
  const memory = (os.totalmem() / 2 ** 30).toFixed(0);
  const load = os.loadavg()[0]?.toFixed(1);
  return (
    `Medians of ${rounds} rounds, in turn; ${new Date().toISOString().slice(0, 10)}, ${os.cpus().length} processors ` +
    `(${processor?.model.trim()}), ${memory} GiB, Linux ${os.release()}, load at the end ${load}.`
  );
}
