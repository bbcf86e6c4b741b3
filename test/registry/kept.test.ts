import { expect } from "chai";
import { Kept } from "../../src/registry/kept.ts";

describe("registry/kept", () => {
  it("makes a result once, however many ask at the same time", async () => {
    const kept = new Kept<number>(() => Infinity);
    let made = 0;
    const make = () => Promise.resolve((made += 1));

    expect(await Promise.all([kept.get("a", make), kept.get("a", make)])).to.deep.equal([1, 1]);
    expect(await kept.get("b", make)).to.equal(2);
  });

  it("makes it again when it is over", async () => {
    const kept = new Kept<{ readonly over: number }>(({ over }) => over);

    await kept.get("a", () => Promise.resolve({ over: 1 }));
    const renewed = await kept.get("a", () => Promise.resolve({ over: Infinity }));
    const same = await kept.get("a", () => Promise.reject(new Error("not needed")));

    expect(renewed.over).to.equal(Infinity);
    expect(same).to.equal(renewed);
  });

  it("does not keep failures", async () => {
    const kept = new Kept<string>(() => Infinity);
    const failing = kept.get("a", () => Promise.reject(new Error("once")));

    expect(await failing.catch((error: unknown) => String(error))).to.equal("Error: once");
    expect(await kept.get("a", () => Promise.resolve("twice"))).to.equal("twice");
  });

  it("forgets", async () => {
    const kept = new Kept<string>(() => Infinity);
    await kept.get("a", () => Promise.resolve("first"));
    kept.forget("a");

    expect(await kept.known("a")).to.equal(undefined);
    expect(await kept.get("a", () => Promise.resolve("second"))).to.equal("second");
  });
});
