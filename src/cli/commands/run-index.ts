import { createLogger } from "../../log/create-logger.ts";
import { pushIndex } from "../../output/push-index.ts";
import { writeResultFiles } from "../../output/result-files.ts";
import { writeResults } from "../../pipeline/write-results.ts";
import type { RunIndex } from "../index-options.ts";
import { openRegistryClient } from "../open-registry-client.ts";

/** `slipway index`: joins images, pushes the index, and only then writes the result files. */
export const runIndex: RunIndex = async (options, { notices, print, signal, writeError }) => {
  const log = createLogger({ ...options.log, destination: { write: writeError } });
  for (const notice of notices) log.warn(notice);
  await using client = await openRegistryClient(options, log);
  const { digest, manifests } = await pushIndex(options, { client, log, signal });
  const { destinations, resultFiles } = options;
  await writeResultFiles(resultFiles, { digest, destinations, pushed: true });
  const warnings = await writeResults(options.results, { digest, destinations, manifests });
  for (const warning of warnings) log.warn(warning);
  print(`${digest}\n`);
  return 0;
};
