import { BuilderError, isBuilderError } from "../errors/builder-error.ts";
import { formatReference, type ImageReference } from "../image/reference.ts";

/** What became of one of several places that something was pushed to. */
export interface DestinationOutcome {
  readonly destination: ImageReference;
  /** Why it does not have it; undefined where it has. */
  readonly error: Error | undefined;
}

/** Runs `push` for each destination at the same time, and waits for all of them. */
export async function settleDestinations(
  destinations: readonly ImageReference[],
  push: (destination: ImageReference) => Promise<void>,
): Promise<readonly DestinationOutcome[]> {
  const settled = await Promise.allSettled(destinations.map(push));
  return destinations.map((destination, at) => {
    const outcome = settled[at];
    const error = outcome?.status === "rejected" ? (outcome.reason as Error) : undefined;
    return { destination, error };
  });
}

/**
 * Throws where a destination failed: its error, or with several destinations one that says which of them
 * failed and which succeeded. Its code is that of the first failure, one that a retry cannot help before others.
 */
export function throwFailures(outcomes: readonly DestinationOutcome[]): void {
  const failures = outcomes.filter(({ error }) => error !== undefined);
  const errors = failures.flatMap(({ error }) => error ?? []);
  const unknown = errors.find((error) => !isBuilderError(error));
  if (unknown !== undefined) throw unknown;
  const known = errors.filter((error) => isBuilderError(error));
  const leading = known.find(({ retryable }) => !retryable) ?? known[0];
  if (leading === undefined) return;
  const isSame = known.every(({ message }) => message === leading.message);
  if (isSame && failures.length === outcomes.length) throw leading;
  const pushed = outcomes.filter(({ error }) => error === undefined);
  const reasons = failures.map(
    ({ destination }, at) => `${formatReference(destination)}: ${known[at]?.message}`,
  );
  const rest = pushed.length === 0 ? "no destination" : namesOf(pushed);
  throw new BuilderError(
    leading.code,
    `${failures.length} of ${outcomes.length} destinations failed: ${reasons.join("; ")}`,
    {
      hint: `${rest} got the image; ${leading.hint ?? "push to the others again"}`,
      retryable: known.every(({ retryable }) => retryable),
      cause: leading,
    },
  );
}

function namesOf(outcomes: readonly DestinationOutcome[]): string {
  return outcomes.map(({ destination }) => formatReference(destination)).join(", ");
}
