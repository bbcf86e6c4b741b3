import { expect } from "chai";
import { runtimeUser } from "../../../src/isolation/namespace/runtime-user.ts";
import { withContainers } from "../../support/containers.ts";
import { loneUser } from "../../support/identity.ts";
import { inNamespace, type ScenarioPlace } from "../../support/namespace.ts";

const user = { uid: 1000, gid: 50, additionalGids: [50, 60] };
const all = { diskUid: (uid: number) => uid, diskGid: (gid: number) => gid };

/** Becomes a user whose ids the namespaces lack, with its own files and without rights. */
export const otherUser = (place: ScenarioPlace): Promise<unknown> =>
  withContainers(place, async ({ run }) => {
    const script =
      "id -u; id -g; id -G; cd /tmp; touch own; stat -c '%u %g' own; grep CapEff /proc/self/status";
    return run(`exec 2>&1; mkdir -m 1777 -p /tmp; ${script}`, { user });
  });

describe("isolation/namespace/runtime-user", () => {
  it("is the user itself where its ids are there", () => {
    expect(runtimeUser(user, { ids: all, setsGroups: true })).to.deep.equal({
      user: { ...user, umask: 0o022 },
      namespaces: [],
      mappings: {},
    });
  });

  it("has no groups where the kernel lets nobody set them", () => {
    const { user: made } = runtimeUser(user, { ids: all, setsGroups: false });

    expect(made.additionalGids).to.deep.equal([]);
  });

  it("has its ids in a user namespace of its own where they are not there", () => {
    const ids = { ...all, diskUid: () => 0 };

    expect(runtimeUser(user, { ids, setsGroups: true })).to.deep.equal({
      user: { uid: 1000, gid: 50, umask: 0o022, additionalGids: [] },
      namespaces: ["user"],
      mappings: {
        uidMappings: [{ containerID: 1000, hostID: 0, size: 1 }],
        gidMappings: [{ containerID: 50, hostID: 50, size: 1 }],
      },
    });
  });
});

describe(`isolation/namespace/runtime-user for ${loneUser.name}`, function () {
  this.timeout(30_000);
  before(async function () {
    if (!(await loneUser.prepare())) this.skip();
  });

  it("lets a command be a user that the namespaces lack", async () => {
    const { from, as } = { from: import.meta.url, as: loneUser.as };

    expect(await inNamespace(otherUser, { from, as })).to.deep.include({
      status: { code: 0 },
      output: "1000\n50\n50\n1000 50\nCapEff:\t0000000000000000\n",
    });
  });
});
