import { BuilderError } from "../errors/builder-error.ts";
import { formatRepository, type Repository } from "../image/reference.ts";
import type { RegistryPorts } from "./put-document.ts";

/**
 * Finds out whether everything that is to be pushed to takes uploads, before there is anything to push. A registry that
 * cannot be reached now may be there later, and does not stop the others.
 *
 * @throws REGISTRY_*, CREDENTIALS_INVALID of the first that refuses, or where none can be reached
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
  const faults = outcomes.filter((outcome) => outcome.status === "rejected");
  const refusal = faults.find((fault) => !isPassing(fault));
  if (refusal !== undefined) throw refusal.reason;
  const [fault] = faults;
  if (fault !== undefined && faults.length === checks.length) throw fault.reason;
  for (const { reason } of faults) {
    log.warn("a destination cannot be pushed to now", { reason: String(reason) });
  }
}

function isPassing({ reason }: PromiseRejectedResult): boolean {
  return reason instanceof BuilderError && reason.retryable;
}
