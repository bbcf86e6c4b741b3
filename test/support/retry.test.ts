import { expect } from "chai";
import { RegistryError } from "../../src/errors/registry-error.ts";
import { pauseAfter, retry } from "../../src/support/retry.ts";

const policy = { attempts: 3, baseDelayMs: 1, longestDelayMs: 50 };
const passing = new RegistryError("REGISTRY_UNAVAILABLE", "not now", { retryable: true });
const lasting = new RegistryError("REGISTRY_REJECTED", "never");

describe("support/retry", () => {
  it("tries again until it succeeds", async () => {
    const seen: number[] = [];

    const result = await retry(
      (attempt) => (attempt < 3 ? Promise.reject(passing) : Promise.resolve(attempt)),
      { policy, onRetry: (_error, attempt) => seen.push(attempt) },
    );

    expect(result).to.equal(3);
    expect(seen).to.deep.equal([1, 2]);
  });

  it("gives up with the last error when all attempts are used", async () => {
    const { attempts, outcome } = await run(() => passing);

    expect(outcome).to.equal(passing);
    expect(attempts).to.equal(3);
  });

  for (const error of [lasting, new TypeError("a defect")]) {
    it(`does not try again after ${error.message}`, async () => {
      const { attempts, outcome } = await run(() => error);

      expect(outcome).to.equal(error);
      expect(attempts).to.equal(1);
    });
  }

  it("gives up at once when an error asks for a longer pause than the policy grants", async () => {
    const { attempts, outcome } = await run(() => passing, { askedDelayMs: () => 51 });

    expect(outcome).to.equal(passing);
    expect(attempts).to.equal(1);
  });

  it("ends its pause with the reason of the signal", async () => {
    const controller = new AbortController();
    const slow = { attempts: 2, baseDelayMs: 60_000, longestDelayMs: 60_000 };

    const outcome = retry(() => Promise.reject(passing), {
      policy: slow,
      signal: controller.signal,
      onRetry: () => controller.abort(new Error("enough")),
    });

    expect(await outcome.catch((error: unknown) => error)).to.have.property("message", "enough");
  });

  it("doubles its pauses, jittered by half, up to the longest", () => {
    const patient = { attempts: 9, baseDelayMs: 100, longestDelayMs: 1000 };
    const within = (attempt: number, low: number, high: number): void => {
      expect(pauseAfter(attempt, patient)).to.be.within(low, high);
    };

    within(1, 50, 150);
    within(2, 100, 300);
    within(3, 200, 600);
    within(9, 1000, 1000);
    expect(pauseAfter(1, patient, 700)).to.equal(700);
    expect(pauseAfter(1, patient, 1001)).to.equal(undefined);
  });
});

async function run(
  failure: () => unknown,
  options: { askedDelayMs?: () => number } = {},
): Promise<{ attempts: number; outcome: unknown }> {
  let attempts = 0;
  const work = (): Promise<never> => {
    attempts += 1;
    throw failure();
  };
  const outcome = await retry(work, { policy, ...options }).catch((error: unknown) => error);
  return { attempts, outcome };
}
