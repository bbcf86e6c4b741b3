import { createLogger } from "../../log/create-logger.ts";
import { checkDestinations } from "../../output/check-destinations.ts";
import { pushIndex } from "../../output/push-index.ts";
import { reportDelivery } from "../delivery.ts";
import type { RunIndex } from "../index-options.ts";
import { openRegistryClient } from "../open-registry-client.ts";

/** `slipway index`: joins images, pushes the index, and only then writes the result files. */
export const runIndex: RunIndex = async (options, { notices, print, signal, writeError }) => {
  const log = createLogger({ ...options.log, destination: { write: writeError } });
  for (const notice of notices) log.warn(notice);
  await using client = await openRegistryClient(options, log);
  const ports = { client, log, signal };
  if (options.checkPush) await checkDestinations(options.destinations, ports);
  const pushed = await pushIndex(options, ports);
  await reportDelivery(pushed, options, { log, print });
  return 0;
};
