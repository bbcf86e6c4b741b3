import type { Measurement } from "../measure.ts";
import type { Traffic } from "./counting-proxy.ts";
import type { NewLayers } from "./image-layers.ts";

/** One build, with all that is known about it. */
export interface Result extends Measurement, Traffic {
  readonly layers: NewLayers;
}

/** The builds of one phase of a workload, by builder; the median of each number counts. */
export type Results = ReadonlyMap<string, readonly Result[]>;

const head = [
  "builder",
  "time, s",
  "slipway to it",
  "processors, s",
  "largest process, MB",
  "all processes, MB",
  "from registry, MB",
  "to registry, MB",
  "new layers",
];

/** A Markdown table: a row for each builder, times of `slipway` relative to each. */
export function resultTable(results: Results, slipway: string): string {
  const rows = [...results].map(([builder, each]) => {
    const number = (pick: (result: Result) => number): number => median(each.map(pick));
    return [
      builder,
      (number((result) => result.milliseconds) / 1000).toFixed(2),
      ratio(results, slipway, builder).toFixed(2),
      (number((result) => result.cpuMilliseconds) / 1000).toFixed(2),
      megabytes(number((result) => result.processPeakBytes)),
      megabytes(number((result) => result.treePeakBytes)),
      megabytes(number((result) => result.fromRegistry)),
      megabytes(number((result) => result.toRegistry)),
      `${number(({ layers }) => layers.count)}, ${megabytes(number(({ layers }) => layers.bytes))} MB`,
    ];
  });
  return markdownTable(head, rows);
}

/** The first builder's median time as a share of the other's. */
function ratio(results: Results, builder: string, other: string): number {
  return medianTime(results, builder) / medianTime(results, other);
}

/** The median time of a builder, in milliseconds; not a number where it was not measured. */
export function medianTime(results: Results, builder: string): number {
  return median((results.get(builder) ?? []).map(({ milliseconds }) => milliseconds));
}

/** A table of texts in Markdown; all columns but the first are numbers. */
export function markdownTable(
  columns: readonly string[],
  rows: readonly (readonly string[])[],
): string {
  const rule = columns.map((_, at) => (at === 0 ? "---" : "---:"));
  return [columns, rule, ...rows].map((row) => `| ${row.join(" | ")} |\n`).join("");
}

/** The middle of some numbers; not a number where there is none. */
export function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;
}

/** Bytes as megabytes, with a digit behind the point where they are few. */
function megabytes(bytes: number): string {
  return (bytes / 1e6).toFixed(bytes < 10e6 ? 1 : 0);
}
