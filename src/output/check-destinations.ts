import { formatRepository, type Repository } from "../image/reference.ts";
import type { RegistryPorts } from "./put-document.ts";

/**
 * Finds out whether everything that is to be pushed to takes uploads, before there is anything to push.
 *
 * @throws REGISTRY_*, CREDENTIALS_INVALID of the first that does not
 */
export async function checkDestinations(
  destinations: readonly Repository[],
  { client, log, signal }: RegistryPorts,
): Promise<void> {
  const repositories = new Map(destinations.map((each) => [formatRepository(each), each]));
  const checks = [...repositories].map(async ([repository, each]) => {
    await client.checkPush(each, { signal });
    log.debug("can be pushed to", { repository });
  });
  const outcomes = await Promise.allSettled(checks);
  for (const outcome of outcomes) if (outcome.status === "rejected") throw outcome.reason;
}
