// `npm run bench:context`: slipway and Debian's buildah build from contexts of 200,000 files of which 100 are used.
// As root.
import { execFile } from "node:child_process";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { promisify } from "node:util";
import { measure } from "./measure.ts";

const run = promisify(execFile);

const rounds = 3;
const usedFiles = 100;
const unusedFiles = 200_000;
const filesPerDirectory = 100;

/** What a context says beside its files. */
interface Scenario {
  readonly copy: string;
  readonly ignore: readonly string[];
}

const scenarios: Readonly<Record<string, Scenario>> = {
  "all but one directory ignored": { copy: "COPY . /", ignore: ["unused"] },
  "all ignored, with an exception that has a wildcard": {
    copy: "COPY . /",
    ignore: ["*", "!used/**/*.txt"],
  },
  "no ignore file, COPY of one directory": { copy: "COPY used /used", ignore: [] },
  "no ignore file, COPY of a pattern": { copy: "COPY use*/*/1*.txt /", ignore: [] },
};

type Build = (context: string, scratch: string) => readonly string[];

const builders: Readonly<Record<string, Build>> = {
  slipway: (context, scratch) => [
    process.execPath,
    path.resolve("dist/slipway.mjs"),
    "build",
    `--context=${context}`,
    `--dockerfile=${context}/Dockerfile`,
    "--no-push",
    `--work-dir=${scratch}`,
    `--oci-layout-path=${scratch}/image`,
  ],
  buildah: (context, scratch) => [
    "buildah",
    `--root=${scratch}/root`,
    `--runroot=${scratch}/runroot`,
    "--storage-driver=overlay",
    "bud",
    "--quiet",
    context,
  ],
};

const directory = await mkdtemp(path.join(tmpdir(), "slipway-bench-"));
try {
  const context = path.join(directory, "context");
  await writeFiles(path.join(context, "used"), usedFiles);
  const small = await timesOf(context, { copy: "COPY . /", ignore: [] });
  print("100 files and no others", small);
  await writeFiles(path.join(context, "unused"), unusedFiles);
  for (const [name, scenario] of Object.entries(scenarios)) {
    print(name, await timesOf(context, scenario));
  }
  process.stdout.write(`\nmedians of ${rounds} builds each, in turn, into a new directory\n`);
} finally {
  await rm(directory, { recursive: true });
}

/** Milliseconds of each build, by builder. */
async function timesOf(
  context: string,
  { copy, ignore }: Scenario,
): Promise<ReadonlyMap<string, readonly number[]>> {
  await writeFile(path.join(context, "Dockerfile"), `FROM scratch\n${copy}\n`);
  await writeFile(path.join(context, ".dockerignore"), `${ignore.join("\n")}\n`);
  const times = new Map<string, number[]>();
  for (let round = 0; round < rounds; round += 1) {
    for (const [builder, build] of Object.entries(builders)) {
      const scratch = path.join(directory, "scratch");
      await mkdir(scratch);
      const { milliseconds } = await measure(build(context, scratch));
      times.set(builder, [...(times.get(builder) ?? []), milliseconds]);
      // A mount that overlay storage keeps would make the removal fail.
      await run("umount", ["--quiet", `${scratch}/root/overlay`]).catch(() => undefined);
      await rm(scratch, { recursive: true, force: true });
    }
  }
  return times;
}

function print(scenario: string, times: ReadonlyMap<string, readonly number[]>): void {
  process.stdout.write(`\n${scenario}\n`);
  const reference = median(times.get("buildah") ?? []);
  for (const [builder, each] of times) {
    const seconds = (median(each) / 1000).toFixed(2).padStart(7);
    const ratio = (median(each) / reference).toFixed(2).padStart(6);
    process.stdout.write(`  ${builder.padEnd(8)}  ${seconds} s  ${ratio} x\n`);
  }
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0;
}

async function writeFiles(place: string, count: number): Promise<void> {
  for (let first = 0; first < count; first += filesPerDirectory) {
    const inside = path.join(place, String(first));
    await mkdir(inside, { recursive: true });
    const files = Array.from({ length: filesPerDirectory }, (_, at) =>
      writeFile(path.join(inside, `${at}.txt`), `file ${first + at}\n`),
    );
    await Promise.all(files);
  }
}
