import { expect } from "chai";
import { hasSingleId, inUserNamespace, ownerIds } from "../../src/rootfs/owner-ids.ts";
import { loneUser, podRoot } from "../support/identity.ts";
import { inNamespace } from "../support/namespace.ts";

export const seen = (): Promise<unknown> => {
  const { diskUid, diskGid } = ownerIds();
  return Promise.resolve({
    single: hasSingleId(),
    inside: inUserNamespace(),
    disk: [0, 1000, 4_294_967_294].map((id) => [diskUid(id), diskGid(id)]),
  });
};

describe("rootfs/owner-ids (needs root, to be somebody else)", function () {
  this.timeout(30_000);
  const from = import.meta.url;

  it("are all ids for root of a pod, in a user namespace that is known as one", async function () {
    if (!(await podRoot.prepare())) this.skip();

    expect(await inNamespace(seen, { from, as: podRoot.as })).to.deep.equal({
      single: false,
      inside: true,
      disk: [
        [0, 0],
        [1000, 1000],
        [4_294_967_294, 4_294_967_294],
      ],
    });
  });

  it("are one id for a user without subordinate ids", async function () {
    if (!(await loneUser.prepare())) this.skip();

    expect(await inNamespace(seen, { from, as: loneUser.as })).to.deep.equal({
      single: true,
      inside: true,
      disk: [
        [0, 0],
        [0, 0],
        [0, 0],
      ],
    });
  });
});
