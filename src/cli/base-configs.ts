import { createLogger } from "../log/create-logger.ts";
import type { ResolveConfig } from "../plan/base-configs.ts";
import { openLayoutImage } from "../registry/oci-layout-source.ts";
import { pullImage } from "../registry/pull.ts";
import type { BuildRun } from "./build-options.ts";
import { openRegistryClient } from "./open-registry-client.ts";
import type { QueryOptions } from "./query-options.ts";

/** Calls `work` with what finds configurations of images: nothing else of them is fetched. */
export async function withBaseConfigs<T>(
  options: QueryOptions,
  run: BuildRun,
  work: (resolve: ResolveConfig) => Promise<T>,
): Promise<T> {
  const log = createLogger({ ...options.log, destination: { write: run.writeError } });
  for (const notice of run.notices) log.warn(notice);
  if (!options.resolve) return work(() => Promise.resolve(undefined));
  const { signal } = run;
  await using client = await openRegistryClient(options, log);
  return await work(async (source, platform) => {
    const image =
      source.kind === "layout"
        ? await openLayoutImage({ layout: source.layout, platform })
        : await pullImage(client, { reference: source.reference, platform, signal });
    return image.config;
  });
}
