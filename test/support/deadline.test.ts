import { expect } from "chai";
import { withDeadline } from "../../src/support/deadline.ts";

const never = new Promise<never>(() => undefined);
const failureOf = (work: Promise<unknown>) => work.catch((error: unknown) => error);

describe("support/deadline", () => {
  it("gives what the work gives, and fails as it fails", async () => {
    const options = { timeoutMs: 10_000 };

    expect(await withDeadline(() => Promise.resolve(1), options)).to.equal(1);
    const failed = withDeadline(() => Promise.reject(new TypeError("no")), options);
    expect(await failureOf(failed)).to.be.instanceOf(TypeError);
  });

  it("ends work that does not end itself", async () => {
    const failed = await failureOf(withDeadline(() => never, { timeoutMs: 1 }));

    expect(failed).to.have.property("name", "TimeoutError");
  });

  it("ends with the reason of the signal, before and while it works", async () => {
    const reason = new Error("stop");
    const stop = new AbortController();
    const waiting = failureOf(
      withDeadline(() => never, { timeoutMs: 10_000, signal: stop.signal }),
    );
    stop.abort(reason);

    expect(await waiting).to.equal(reason);
    const late = withDeadline(() => never, { timeoutMs: 10_000, signal: stop.signal });
    expect(await failureOf(late)).to.equal(reason);
  });
});
