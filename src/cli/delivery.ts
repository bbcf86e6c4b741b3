import { UsageError } from "../errors/usage-error.ts";
import type { Digest } from "../image/digest.ts";
import type { ImageReference } from "../image/reference.ts";
import type { Logger } from "../log/logger.ts";
import { type ResultFiles, writeResultFiles } from "../output/result-files.ts";
import { type ResultPlaces, writeResults } from "../pipeline/write-results.ts";
import type { CredentialsPlaces } from "../registry/credentials/credentials-places.ts";
import type { RegistryOptions } from "../registry/registry-options.ts";
import type { BuildRun, LogOptions } from "./build-options.ts";
import { parseDestinations } from "./flag-texts.ts";
import type { deliveryFlags } from "./flags/delivery-flags.ts";
import type { Host } from "./host.ts";
import { readCredentials, readLog, readRegistry } from "./options.ts";
import { readResults } from "./result-files.ts";
import type { Settled } from "./settle-in-pipeline.ts";

/** Where something goes that is there already, and what is said of it. */
export interface DeliveryOptions {
  /** At least one, each with a tag. */
  readonly destinations: readonly ImageReference[];
  /** Whether to find out before anything is sent whether they can be pushed to. */
  readonly checkPush: boolean;
  readonly resultFiles: ResultFiles;
  readonly results: ResultPlaces;
  readonly registry: RegistryOptions;
  readonly credentials: CredentialsPlaces;
  readonly log: LogOptions;
}

/**
 * What the flags of a command that delivers say about that.
 *
 * @throws USAGE_INVALID_VALUE, USAGE_CONFLICT
 */
export function readDelivery(
  { engine, values }: Pick<Settled<typeof deliveryFlags>, "engine" | "values">,
  host: Host,
): DeliveryOptions {
  const destinations = parseDestinations("--destination", values.destination);
  if (destinations.length === 0) {
    throw new UsageError("USAGE_CONFLICT", "there is no --destination to push to", {
      hint: "Name one with --destination",
    });
  }
  return {
    destinations,
    checkPush: !values["skip-push-permission-check"],
    ...readResults(values, { engine, host, isNamed: true }),
    registry: readRegistry(values),
    credentials: readCredentials(values, { engine, host }),
    log: readLog(values, host),
  };
}

/** What all destinations have now. */
interface Delivered {
  readonly digest: Digest;
  /** Of an index: the digests of its images. */
  readonly manifests: readonly Digest[];
}

/** Says what came of it: result files, a pipeline's results, and the digest on standard output. */
export async function reportDelivery(
  { digest, manifests }: Delivered,
  { destinations, resultFiles, results }: DeliveryOptions,
  { log, print }: Pick<BuildRun, "print"> & { readonly log: Logger },
): Promise<void> {
  await writeResultFiles(resultFiles, { digest, destinations, pushed: true });
  const warnings = await writeResults(results, { digest, destinations, manifests });
  for (const warning of warnings) log.warn(warning);
  print(`${digest}\n`);
}
