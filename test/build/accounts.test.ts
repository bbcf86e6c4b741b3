import { expect } from "chai";
import {
  homeOf,
  parseAccounts,
  resolveCommandUser,
  resolveOwner,
} from "../../src/build/accounts.ts";

const accounts = parseAccounts(
  [
    "root:x:0:0:root:/root:/bin/sh",
    "# a comment",
    "app:x:1000:1001::/home/app:/bin/sh",
    "svc:x:1500:1600:::",
    "broken line",
    "huge:x:99999999999:1::/:",
  ].join("\n"),
  ["root:x:0:root", "staff:x:50:app,svc", "video:x:44:app", "app:x:1001:"].join("\n"),
);

describe("build/accounts", () => {
  const owners: readonly [string, number, number][] = [
    ["app", 1000, 1001],
    ["app:staff", 1000, 50],
    ["app:7", 1000, 7],
    ["7", 7, 7],
    ["7:8", 7, 8],
    ["7:staff", 7, 50],
    [":staff", 0, 50],
    ["2147483646:2147483647", 2_147_483_646, 2_147_483_647],
  ];
  for (const [text, uid, gid] of owners) {
    it(`takes --chown=${text} for ${uid}:${gid}`, () => {
      expect(resolveOwner(text, accounts)).to.deep.equal({
        owner: { uid, gid },
        unknown: undefined,
      });
    });
  }

  it("takes names that the image does not know for 0, and says which", () => {
    expect(resolveOwner("ghost", accounts)).to.deep.equal({
      owner: { uid: 0, gid: 0 },
      unknown: "ghost",
    });
    expect(resolveOwner("app:ghosts", accounts).unknown).to.equal("ghosts");
  });

  const users: readonly [string, number, number, readonly number[]][] = [
    ["", 0, 0, [0]],
    ["app", 1000, 1001, [1001, 50, 44]],
    ["1000", 1000, 1001, [1001, 50, 44]],
    ["app:staff", 1000, 50, [50]],
    ["1000:33", 1000, 33, [33]],
    ["5555", 5555, 0, [0]],
    ["5555:6666", 5555, 6666, [6666]],
    ["svc", 1500, 1600, [1600, 50]],
  ];
  for (const [text, uid, gid, additionalGids] of users) {
    it(`runs USER ${text || "(none)"} as ${uid}:${gid} with groups ${additionalGids.join(",")}`, () => {
      expect(resolveCommandUser(text, accounts)).to.deep.equal({ uid, gid, additionalGids });
    });
  }

  it("refuses to run as somebody the image does not know", () => {
    expect(() => resolveCommandUser("ghost", accounts)).to.throw("unable to find user ghost");
    expect(() => resolveCommandUser("app:ghosts", accounts)).to.throw(
      "unable to find group ghosts",
    );
  });

  it("finds home directories, and / where there is none", () => {
    expect(homeOf(1000, accounts)).to.equal("/home/app");
    expect(homeOf(1500, accounts)).to.equal("/");
    expect(homeOf(4321, accounts)).to.equal("/");
  });
});
