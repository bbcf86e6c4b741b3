import type { Builder } from "./builders.ts";
import { markdownTable, medianTime, type Results } from "./table.ts";

/** A phase of a workload that was measured. */
export interface Measured {
  readonly workload: string;
  readonly phase: string;
  readonly results: Results;
  /** The share of the best peer's time that slipway is to take at most; undefined where nothing is wanted. */
  readonly wanted: number | undefined;
}

/** A Markdown table of slipway's times relative to the best of the other builders, the worst first. */
export function summaryTable(measured: readonly Measured[], builders: readonly Builder[]): string {
  const [slipway] = builders;
  const peers = builders.filter(({ own }) => own !== true).map(({ name }) => name);
  const lines = measured.map(({ workload, phase, results, wanted }) => {
    const time = medianTime(results, slipway?.name ?? "");
    const ranked = peers
      .map((peer) => ({ peer, time: medianTime(results, peer) }))
      .filter((each) => !Number.isNaN(each.time))
      .toSorted((a, b) => a.time - b.time);
    const best = ranked[0] ?? { peer: "", time: Number.NaN };
    const share = time / best.time;
    return {
      share,
      row: [
        `${workload}: ${phase}`,
        (time / 1000).toFixed(2),
        `${(best.time / 1000).toFixed(2)} (${best.peer})`,
        share.toFixed(2),
        wanted === undefined ? "" : `${wanted}${share > wanted ? ", missed" : ""}`,
      ],
    };
  });
  const head = ["workload", "slipway, s", "best other, s", "ratio", "wanted"];
  return markdownTable(
    head,
    lines.toSorted((a, b) => b.share - a.share).map(({ row }) => row),
  );
}
