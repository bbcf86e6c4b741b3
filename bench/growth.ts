// `npm run bench:growth [-- --rounds N --only REGEX --large]`: how time and memory of a build grow with what is built; prints
// Markdown. As root. `--large` adds 500,000 files and a layer of 4 GB.
import { execFile } from "node:child_process";
import { randomUUID } from "node:crypto";
import { mkdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { parseArgs, promisify } from "node:util";
import { markdownTable, median } from "./build/table.ts";
import { openFreshDisk } from "./fresh-disk.ts";
import { type Curve, curves, writePoint } from "./growth/curves.ts";
import { type Measurement, measure } from "./measure.ts";

const run = promisify(execFile);

const { values: flags } = parseArgs({
  options: {
    rounds: { type: "string", default: "3" },
    only: { type: "string", default: "" },
    large: { type: "boolean", default: false },
  },
});

/** What a build of so many units took: medians. */
interface Point {
  readonly size: number;
  readonly milliseconds: number;
  readonly cpuMilliseconds: number;
  readonly bytes: number;
}

const barLength = 30;
const wanted = new RegExp(flags.only);

for (const [name, curve] of Object.entries(curves).filter(([each]) => wanted.test(each))) {
  const points: Point[] = [];
  const sizes = [...curve.sizes, ...(flags.large ? (curve.largeSizes ?? []) : [])];
  for (const size of sizes) points.push(await measurePoint(curve, size));
  process.stdout.write(`\n### ${name}\n\n${tableOf(points, curve.unit)}`);
}
if (wanted.test("memory of the tree")) {
  process.stdout.write(`\n### memory of the tree\n\n${await treeMemory()}`);
}

async function measurePoint(curve: Curve, size: number): Promise<Point> {
  await using disk = await openFreshDisk(path.join(tmpdir(), `slipway-growth-${randomUUID()}`));
  const directory = disk.path;
  const context = path.join(directory, "context");
  await writePoint(curve, size, context);
  const base = path.join(directory, "base");
  if (curve.baseDockerfile !== undefined) {
    const made = ["--destination=base:latest", `--oci-layout-path=${base}`];
    await measureBuild(context, directory, [`--dockerfile=${context}/Dockerfile.base`, ...made]);
  }
  const results: Measurement[] = [];
  for (let round = 0; round < Number(flags.rounds); round += 1) {
    const layout = path.join(directory, "image");
    const named = curve.baseDockerfile === undefined ? [] : [`base=oci-layout://${base}`];
    const bases = named.map((value) => `--build-context=${value}`);
    const dockerfile = `--dockerfile=${context}/Dockerfile`;
    const args = [dockerfile, `--oci-layout-path=${layout}`, ...bases];
    results.push(await measureBuild(context, directory, args));
    await rm(layout, { recursive: true });
  }
  return {
    size,
    milliseconds: median(results.map((result) => result.milliseconds)),
    cpuMilliseconds: median(results.map((result) => result.cpuMilliseconds)),
    bytes: median(results.map((result) => result.processPeakBytes)),
  };
}

async function measureBuild(
  context: string,
  directory: string,
  args: readonly string[],
): Promise<Measurement> {
  const work = path.join(directory, "work");
  await mkdir(work, { recursive: true });
  const places = [`--context=${context}`, `--work-dir=${work}`, "--no-push"];
  const program = [process.execPath, path.resolve("dist/slipway.mjs"), "build"];
  return measure([...program, ...places, ...args]);
}

/** The last but one column is the exponent of the growth of processor time since the row above: 1 is linear. */
function tableOf(points: readonly Point[], unit: string): string {
  const each = ({ cpuMilliseconds, size }: Point): number => cpuMilliseconds / size;
  const most = Math.max(...points.map(each));
  const rows = points.map((point, at) => [
    point.size.toLocaleString("en"),
    (point.milliseconds / 1000).toFixed(2),
    (point.cpuMilliseconds / 1000).toFixed(2),
    (point.bytes / 1e6).toFixed(0),
    each(point).toPrecision(3),
    exponent(points[at - 1], point),
    "▇".repeat(Math.max(1, Math.round((each(point) / most) * barLength))),
  ]);
  const perUnit = `processor ms for each of the ${unit}`;
  const head = [unit, "time, s", "processors, s", "largest process, MB", perUnit, "exponent", ""];
  return markdownTable(head, rows);
}

function exponent(before: Point | undefined, point: Point): string {
  if (before === undefined) return "";
  const times = Math.log(point.cpuMilliseconds / before.cpuMilliseconds);
  return (times / Math.log(point.size / before.size)).toFixed(2);
}

async function treeMemory(): Promise<string> {
  const rows: string[][] = [];
  for (const files of [10_000, 100_000, 500_000]) {
    const script = ["--expose-gc", "bench/growth/tree-memory.ts", String(files)];
    const { stdout } = await run(process.execPath, script);
    const perFile = (Number(stdout) / files).toFixed(0);
    rows.push([files.toLocaleString("en"), (Number(stdout) / 1e6).toFixed(1), perFile]);
  }
  return markdownTable(["files", "MB", "bytes for each"], rows);
}
