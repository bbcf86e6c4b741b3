import { expect } from "chai";
import { probeNamespace } from "../../../src/isolation/namespace/probe-namespace.ts";
import { identities } from "../../support/identity.ts";
import { inNamespace, type ScenarioPlace } from "../../support/namespace.ts";

export async function probes(place: ScenarioPlace): Promise<boolean> {
  return (await probeNamespace(place.directory, place.signal)).works;
}

/** Hides all programs from the probe. */
export function probesWithoutRuntime(place: ScenarioPlace): Promise<unknown> {
  process.env["PATH"] = place.directory;
  return probeNamespace(place.directory, place.signal);
}

for (const identity of identities) {
  describe(`isolation/namespace/probe-namespace for ${identity.name}`, function () {
    this.timeout(30_000);
    const from = import.meta.url;
    before(async function () {
      if (!(await identity.prepare())) this.skip();
    });
    after(() => identity.remove());

    it("finds a way to make containers", async () => {
      expect(await inNamespace(probes, { from, as: identity.as })).to.equal(true);
    });

    it("says of each runtime why it cannot be used", async () => {
      const probe = await inNamespace(probesWithoutRuntime, { from, as: identity.as });

      expect(probe).to.deep.equal({
        works: false,
        refusals: [
          {
            rung: "namespace",
            reason:
              "no container can be made (crun: cannot run crun: it is not installed; runc: cannot run runc: it is not installed)",
            remedy:
              "use slipway's step image, or put unshare, and crun or runc, into slipway's PATH",
          },
        ],
      });
    });
  });
}
