import { expect } from "chai";
import { deviceRules } from "../../../src/isolation/namespace/device-rules.ts";

describe("isolation/namespace/device-rules", () => {
  it("permits the devices that are mounted, and none for other mounts", () => {
    const bind = { type: "bind", readOnly: false } as const;

    const rules = deviceRules({ security: "sandbox" }, [
      { ...bind, source: "/dev/null", target: "/dev/null" },
      { ...bind, source: "/etc", target: "/etc" },
      { type: "tmpfs", target: "/t" },
    ]);

    expect(rules).to.deep.equal([{ allow: true, access: "rwm", type: "c", major: 1, minor: 3 }]);
  });

  it("permits an insecure command all devices", () => {
    expect(deviceRules({ security: "insecure" }, [])).to.deep.equal([
      { allow: true, access: "rwm" },
    ]);
  });
});
