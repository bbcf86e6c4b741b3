import { expect } from "chai";
import { identityMap } from "../../../src/isolation/namespace/id-maps.ts";

describe("isolation/namespace/id-maps", () => {
  it("maps all ids to themselves, and does not look like the machine's first namespace", () => {
    const map = "         0          0 4294967295\n";

    expect(identityMap(map)).to.equal("0 0 1\n1 1 4294967294\n");
  });

  it("maps the ids of a pod by their numbers in it", () => {
    const map = "0 100000 1000\n2000 200000 1\n";

    expect(identityMap(map)).to.equal("0 0 1\n1 1 999\n2000 2000 1\n");
  });

  it("maps a single id", () => {
    expect(identityMap("0 1000 1\n")).to.equal("0 0 1\n");
  });
});
