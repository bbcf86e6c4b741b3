import { expect } from "chai";
import { noIsolation, type Refusal } from "../../src/isolation/refusal.ts";

const refusals: readonly Refusal[] = [
  { rung: "namespace", reason: "unshare failed", remedy: "seccompProfile: {type: Unconfined}" },
  { rung: "namespace", reason: "mount failed", remedy: "appArmorProfile: {type: Unconfined}" },
  { rung: "inplace", reason: "not root", remedy: "runAsUser: 0" },
];

describe("isolation/refusal", () => {
  it("says what was tried, and why nothing works", () => {
    const error = noIsolation(refusals);

    expect(error.code).to.equal("ISOLATION_UNAVAILABLE");
    expect(error.message).to.equal(
      "this pod permits no way to run a command (tried: namespace, inplace)",
    );
    expect(error.refusals).to.deep.equal(refusals);
  });

  it("advises what asks the least of the pod first, each thing once", () => {
    const error = noIsolation([...refusals, ...refusals.slice(2)]);

    expect(error.hint).to.equal(
      "One of these permits it: for inplace, runAsUser: 0; " +
        "for namespace, appArmorProfile: {type: Unconfined}; " +
        "for namespace, seccompProfile: {type: Unconfined}",
    );
  });
});
