import { createLogger } from "../../log/create-logger.ts";
import { inspect } from "../../transfer/inspect.ts";
import { formatInspection } from "../../transfer/inspect-text.ts";
import type { RunInspect } from "../image-options.ts";
import { openImagePlace } from "../open-image-place.ts";
import { openRegistryClient } from "../open-registry-client.ts";
import { UnnamedFiles } from "../unnamed-files.ts";

/** `slipway inspect`: what an image or index is made of, without reading its layers. */
export const runInspect: RunInspect = async (options, { notices, print, signal, writeError }) => {
  const log = createLogger({ ...options.log, destination: { write: writeError } });
  for (const notice of notices) log.warn(notice);
  await using client = await openRegistryClient(options, log);
  using files = new UnnamedFiles(options.workPlaces);
  const source = await openImagePlace(options, { client, files, signal });
  const found = await inspect(source, options.platform);
  const isJson = options.format === "json";
  print(isJson ? `${JSON.stringify(found, null, 2)}\n` : formatInspection(found));
  return 0;
};
