import { expect } from "chai";
import {
  cannotMap,
  cannotUnshare,
  noContainer,
} from "../../../src/isolation/namespace/refusals.ts";

describe("isolation/namespace/refusals", () => {
  for (const [reason, remedy] of [
    [
      "unshare: unshare failed: Operation not permitted",
      "in the securityContext, seccompProfile: {type: Unconfined}",
    ],
    [
      "unshare: cannot change root filesystem propagation: Permission denied",
      "in the securityContext, appArmorProfile: {type: Unconfined}",
    ],
    [
      "unshare: unshare failed: No space left on device",
      "raise the sysctl user.max_user_namespaces of the node",
    ],
    [
      "cannot run unshare: ENOENT",
      "use slipway's step image, or put unshare, and crun or runc, into slipway's PATH",
    ],
  ] as const) {
    it(`knows what helps against "${reason}"`, () => {
      expect(cannotUnshare(reason, [])).to.deep.equal({
        rung: "namespace",
        reason: `namespaces cannot be made (${reason})`,
        remedy,
      });
    });
  }

  it("names the capabilities that would be missed next", () => {
    expect(cannotUnshare("unshare failed", ["CAP_SETFCAP"]).remedy).to.equal(
      "in the securityContext, seccompProfile: {type: Unconfined} and capabilities: {add: [SETFCAP]}",
    );
  });

  it("names the capabilities without which ids cannot be mapped", () => {
    expect(cannotMap("slipway lacks CAP_SETFCAP", ["CAP_SETFCAP"])).to.deep.equal({
      rung: "namespace",
      reason: "ids cannot be mapped into a user namespace (slipway lacks CAP_SETFCAP)",
      remedy: "in the securityContext, capabilities: {add: [SETFCAP]}",
    });
  });

  it("names the profiles that keep a runtime from its work", () => {
    expect(
      noContainer(["crun: the container cannot be made: mount: Permission denied"]),
    ).to.include({
      remedy:
        "in the securityContext, appArmorProfile: {type: Unconfined} and seccompProfile: {type: Unconfined}",
    });
  });
});
