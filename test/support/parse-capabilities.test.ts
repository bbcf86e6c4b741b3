import { expect } from "chai";
import { capabilitiesIn } from "../../src/support/parse-capabilities.ts";

describe("support/parse-capabilities", () => {
  const status =
    "Name:\tx\nCapInh:\t0000000000000001\nCapPrm:\t00000000a80425fb\nCapEff:\t0000000000000003\n";

  it("tells effective and permitted capabilities apart", () => {
    expect(capabilitiesIn(status, "CapEff")).to.equal(3n);
    expect(capabilitiesIn(status, "CapPrm")).to.equal(0xa80425fbn);
  });

  it("finds none where nothing is said of them", () => {
    expect(capabilitiesIn("Name:\tx\n", "CapEff")).to.equal(0n);
  });
});
