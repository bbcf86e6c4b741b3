import { createLogger } from "../../log/create-logger.ts";
import { checkDestinations } from "../../output/check-destinations.ts";
import { copyImage } from "../../transfer/copy-image.ts";
import { reportDelivery } from "../delivery.ts";
import type { RunCopy } from "../image-options.ts";
import { openImagePlace } from "../open-image-place.ts";
import { openRegistryClient } from "../open-registry-client.ts";
import { UnnamedFiles } from "../unnamed-files.ts";

/** `slipway copy` and `slipway push`: bring an image to registries, and only then write the result files. */
export const runCopy: RunCopy = async (
  options,
  { notices, print, showStatus: status, signal, writeError },
) => {
  const log = createLogger({ ...options.log, destination: { write: writeError, status } });
  for (const notice of notices) log.warn(notice);
  await using client = await openRegistryClient(options, log);
  const ports = { client, log, signal };
  if (options.checkPush) await checkDestinations(options.destinations, ports);
  using files = new UnnamedFiles(options.workPlaces);
  const source = await openImagePlace(options, { client, files, signal });
  const copied = await copyImage({ ...options, source }, ports);
  await reportDelivery(copied, options, { log, print });
  return 0;
};
