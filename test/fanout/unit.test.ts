import { expect } from "chai";
import { findUnit, type Unit, wavesOf } from "../../src/fanout/unit.ts";
import { errorOf } from "../support/error-of.ts";

function unit(id: string, ...needs: readonly string[]): Unit {
  return { id, kind: "build", name: id, platform: undefined, destinations: [], needs };
}

function waveIds(units: readonly Unit[]): string[] {
  return wavesOf(units).map((wave) => wave.map(({ id }) => id).join(" "));
}

describe("fanout/unit", () => {
  it("puts units into waves, each as early as it can be", () => {
    const units = [unit("d", "b", "a"), unit("b", "a"), unit("a"), unit("c"), unit("e", "c")];

    expect(waveIds(units)).to.deep.equal(["a c", "b e", "d"]);
    expect(waveIds([])).to.deep.equal([]);
  });

  it("looks at each unit once, however many ways lead to it", () => {
    const layers = Array.from({ length: 40 }, (_, layer) =>
      ["x", "y"].map((side) =>
        unit(`${side}${layer}`, ...(layer === 0 ? [] : [`x${layer - 1}`, `y${layer - 1}`])),
      ),
    );

    expect(wavesOf(layers.flat())).to.have.lengthOf(40);
  });

  it("finds a unit by its id, or says which there are", async () => {
    const units = [unit("api:linux/amd64"), unit("web")];

    expect(findUnit(units, "web")).to.equal(units[1]);
    expect((await errorOf(() => findUnit(units, "wep"))).hint).to.equal("Did you mean web?");
    const error = await errorOf(() => findUnit(units, "something"));
    expect(error.code).to.equal("USAGE_INVALID_VALUE");
    expect(error.hint).to.equal("There are api:linux/amd64, web");
  });
});
