import { expect } from "chai";
import { createLimit } from "../../src/support/limit.ts";

interface Gate {
  readonly open: () => void;
  readonly opened: Promise<void>;
}

function makeGate(): Gate {
  const { promise, resolve } = Promise.withResolvers<void>();
  return { open: resolve, opened: promise };
}

describe("support/limit", () => {
  it("runs no more tasks at a time than it may, in their order", async () => {
    const limit = createLimit(2);
    const gates = Array.from({ length: 5 }, makeGate);
    const started: number[] = [];
    const ends = gates.map((gate, index) =>
      limit(async () => {
        started.push(index);
        await gate.opened;
        return index;
      }),
    );

    expect(started).to.deep.equal([0, 1]);
    gates[1]?.open();
    await ends[1];
    expect(started).to.deep.equal([0, 1, 2]);

    for (const gate of gates) gate.open();
    expect(await Promise.all(ends)).to.deep.equal([0, 1, 2, 3, 4]);
  });

  it("gives the place of a failed task to the next one", async () => {
    const limit = createLimit(1);
    const failed = limit(() => Promise.reject(new Error("no")));
    const next = limit(() => Promise.resolve("yes"));

    expect(await failed.catch((error: unknown) => String(error))).to.equal("Error: no");
    expect(await next).to.equal("yes");
    expect(await limit(() => Promise.resolve("again"))).to.equal("again");
  });
});
