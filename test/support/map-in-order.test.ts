import { setImmediate } from "node:timers/promises";
import { expect } from "chai";
import { mapInOrder } from "../../src/support/map-in-order.ts";

async function* numbers(count: number, taken: number[] = []): AsyncGenerator<number> {
  for (let item = 0; item < count; item += 1) {
    taken.push(item);
    yield await Promise.resolve(item);
  }
}

describe("support/map-in-order", () => {
  it("gives results in the order of the source, whichever is there first", async () => {
    const releases: (() => void)[] = [];
    const results = mapInOrder(numbers(3), 3, async (item) => {
      await new Promise<void>((resolve) => releases.push(resolve));
      return item;
    });

    const all = Array.fromAsync(results);
    while (releases.length < 3) await setImmediate();
    for (const release of releases.toReversed()) release();

    expect(await all).to.deep.equal([0, 1, 2]);
  });

  it("reads the source only as far as the limit", async () => {
    const taken: number[] = [];
    const results = mapInOrder(numbers(100, taken), 4, (item) => Promise.resolve(item));

    await results.next();

    expect(taken).to.deep.equal([0, 1, 2, 3]);
    await results.return(undefined);
  });

  it("waits for what it started when a task fails", async () => {
    const ended: number[] = [];
    const results = mapInOrder(numbers(3), 3, async (item) => {
      if (item === 0) throw new Error("zero");
      await setImmediate();
      ended.push(item);
    });

    const error: unknown = await Array.fromAsync(results).catch((reason: unknown) => reason);

    expect(error).to.have.property("message", "zero");
    expect(ended).to.deep.equal([1, 2]);
  });
});
