import { expect } from "chai";
import { parseProcessStatus } from "../../../src/isolation/facts/process-rights.ts";

const status = (lines: Readonly<Record<string, string>>): string =>
  Object.entries({ Name: "node", Uid: "1\t1\t1\t1", Gid: "1\t1\t1\t1", Groups: " ", ...lines })
    .map(([name, value]) => `${name}:\t${value}`)
    .join("\n");

describe("isolation/facts/process-rights", () => {
  it("takes the effective ids, and the supplementary groups", () => {
    const { user } = parseProcessStatus(
      status({ Uid: "1000\t1001\t1002\t1003", Gid: "5\t6\t7\t8", Groups: "0 1000650000 " }),
    );

    expect(user).to.deep.equal({ uid: 1001, gid: 6, groups: [0, 1000650000] });
  });

  it("names the effective capabilities", () => {
    const { capabilities } = parseProcessStatus(
      status({ CapPrm: "00000000ffffffff", CapEff: "0000000000040401" }),
    );

    expect(capabilities).to.deep.equal(["CAP_CHOWN", "CAP_NET_BIND_SERVICE", "CAP_SYS_CHROOT"]);
  });

  for (const [mode, name] of ["none", "strict", "filter"].entries()) {
    it(`knows seccomp mode ${mode}`, () => {
      const { seccomp } = parseProcessStatus(status({ Seccomp: `${mode}`, Seccomp_filters: "9" }));

      expect(seccomp).to.equal(name);
    });
  }

  it("knows whether privileges can be gained", () => {
    const set = parseProcessStatus(status({ NoNewPrivs: "1" }));
    const unset = parseProcessStatus(status({ NoNewPrivs: "0" }));

    expect([set.noNewPrivileges, unset.noNewPrivileges]).to.deep.equal([true, false]);
  });

  it("takes what is not said as not permitted", () => {
    expect(parseProcessStatus("")).to.deep.equal({
      user: { uid: 0, gid: 0, groups: [] },
      capabilities: [],
      seccomp: "none",
      noNewPrivileges: false,
    });
  });
});
