import { randomBytes } from "node:crypto";
import path from "node:path";
import type { DockerRegistry } from "../../test/support/docker-registry.ts";
import { openFreshDisk } from "../fresh-disk.ts";
import type { Builder } from "./builders.ts";
import { newLayersOf } from "./image-layers.ts";
import { openSite, type Site } from "./site.ts";
import type { Result } from "./table.ts";
import type { Workload } from "./workloads.ts";

/**
 * How a workload is built: once with nothing stored and nothing kept; then with an empty cache, again with what that
 * left, and once more when a file of the context is another one.
 */
export type Phase = "cold" | "filling the cache" | "cached" | "one file changed";

/** The phases of a workload, in turn. */
export function phasesOf({ change }: Workload): readonly Phase[] {
  const always = ["cold", "filling the cache", "cached"] as const;
  return change === undefined ? always : [...always, "one file changed"];
}

/** Whether a builder is measured in a phase. */
export function takesPart({ only }: Builder, phase: Phase): boolean {
  return only === undefined || (only === "cold") === (phase === "cold");
}

/** Where a round takes place. */
export interface Place {
  readonly context: string;
  /** A registry with the base images. */
  readonly template: DockerRegistry;
  /** Where directories for scratch may be made. */
  readonly directory: string;
  /** What tells this round of this builder from all others. */
  readonly turn: string;
}

/** Takes a builder through all phases of a workload once. */
export async function measureRound(
  builder: Builder,
  workload: Workload,
  place: Place,
): Promise<ReadonlyMap<Phase, Result>> {
  const results = new Map<Phase, Result>();
  const phases = phasesOf(workload).filter((phase) => takesPart(builder, phase));
  if (phases.includes("cold")) {
    await withScratch(place, async (scratch, site) => {
      results.set("cold", await buildOnce(builder, place, { scratch, site, cached: false }));
    });
  }
  const cached = phases.filter((phase) => phase !== "cold");
  if (cached.length === 0) return results;
  await withScratch(place, async (scratch, site) => {
    for (const phase of cached) {
      if (phase === "one file changed") await workload.change?.(place.context, place.turn);
      results.set(phase, await buildOnce(builder, place, { scratch, site, cached: true }));
    }
  });
  return results;
}

/** Gives a new file system and a new registry. */
async function withScratch(
  { directory, template }: Place,
  use: (scratch: string, site: Site) => Promise<void>,
): Promise<void> {
  // podman takes no long paths.
  const place = path.join(directory, randomBytes(3).toString("hex"));
  await using disk = await openFreshDisk(place);
  await using site = await openSite(template);
  await use(disk.path, site);
}

async function buildOnce(
  builder: Builder,
  { context }: Place,
  { scratch, site, cached }: { scratch: string; site: Site; cached: boolean },
): Promise<Result> {
  const registry = site.proxy.host;
  const destination = `${registry}/bench/image:1`;
  site.proxy.take();
  const measurement = await builder.build({ context, registry, destination, scratch, cached });
  const traffic = site.proxy.take();
  return { ...measurement, ...traffic, layers: await newLayersOf(destination) };
}
