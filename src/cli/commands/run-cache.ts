import { join } from "node:path";
import { MountsPlace } from "../../build/mounts/mounts-place.ts";
import { BlobsPlace } from "../../cache/blobs-place.ts";
import type { CachePlace } from "../../cache/cache-place.ts";
import { LayoutsPlace } from "../../cache/layouts-place.ts";
import { describeEntry, entryLines, formatListing, summary } from "../../cache/listing-text.ts";
import { bytesOf, entriesToPrune, listPlaces, type PlacedEntry } from "../../cache/prune.ts";
import { RepositoryPlace } from "../../cache/repository-place.ts";
import { createLogger } from "../../log/create-logger.ts";
import type { RegistryClient } from "../../registry/registry-client.ts";
import type { CachePlaces, RunCacheList, RunCachePrune } from "../cache-place-options.ts";
import { openRegistryClient } from "../open-registry-client.ts";

const now = (): number => Date.now();

/** `slipway cache list`: what is kept, and what else is there. */
export const runCacheList: RunCacheList = async (options, run) => {
  const log = createLogger({ ...options.log, destination: { write: run.writeError } });
  for (const notice of run.notices) log.warn(notice);
  await using client = await openRegistryClient(options, log);
  const listing = await listPlaces(openPlaces(options.places, client), run.signal);
  const { entries, foreign } = listing;
  run.print(
    options.format === "json"
      ? toJson({ entries: entries.map(describeEntry), bytes: bytesOf(entries), foreign })
      : formatListing(listing, now()),
  );
  return 0;
};

/** `slipway cache prune`: removes what the rules mean, and says what that was, also where it fails half way. */
export const runCachePrune: RunCachePrune = async (options, run) => {
  const { format, rules, dryRun } = options;
  const log = createLogger({ ...options.log, destination: { write: run.writeError } });
  for (const notice of run.notices) log.warn(notice);
  await using client = await openRegistryClient(options, log);
  const { entries } = await listPlaces(openPlaces(options.places, client), run.signal);
  const pruned = entriesToPrune(entries, rules, now());
  const removed = new Set<PlacedEntry>();
  try {
    for (const entry of pruned) {
      run.signal.throwIfAborted();
      if (dryRun || (await entry.remove(run.signal))) removed.add(entry);
    }
  } finally {
    const left = entries.filter((entry) => !removed.has(entry));
    const report = { removed: [...removed], left, dryRun };
    run.print(format === "json" ? toJson(reportForPrograms(report)) : reportForPeople(report));
  }
  return 0;
};

interface PruneReport {
  readonly removed: readonly PlacedEntry[];
  readonly left: readonly PlacedEntry[];
  readonly dryRun: boolean;
}

function reportForPrograms({ removed, left, dryRun }: PruneReport): object {
  return {
    dryRun,
    removed: removed.map(describeEntry),
    bytes: bytesOf(removed),
    left: { entries: left.length, bytes: bytesOf(left) },
  };
}

function reportForPeople({ removed, left, dryRun }: PruneReport): string {
  const done = dryRun ? "would be removed" : "removed";
  return [
    ...entryLines(removed, now()),
    `${done}: ${summary(removed)}; left: ${summary(left)}`,
    "",
  ].join("\n");
}

function openPlaces(
  { repositories, layouts, directory }: CachePlaces,
  client: RegistryClient,
): readonly CachePlace[] {
  return [
    ...repositories.map((repository) => new RepositoryPlace(client, repository)),
    ...layouts.map((path) => new LayoutsPlace(path, now)),
    ...(directory === undefined
      ? []
      : [new BlobsPlace(directory, now), new MountsPlace(join(directory, "mounts"))]),
  ];
}

function toJson(content: object): string {
  return `${JSON.stringify(content, null, 2)}\n`;
}
