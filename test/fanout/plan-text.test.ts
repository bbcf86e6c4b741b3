import { expect } from "chai";
import { describePlan, formatFanOut } from "../../src/fanout/plan-text.ts";
import type { Unit } from "../../src/fanout/unit.ts";
import { parseReference } from "../../src/image/reference.ts";

const unit: Unit = {
  id: "api:linux/amd64",
  kind: "build",
  name: "api",
  platform: "linux/amd64",
  destinations: [parseReference("r.example/api:1"), parseReference("s.example/api:1")],
  needs: [],
};
const other = { ...unit, id: "web", name: "web", platform: undefined, destinations: [] };

describe("fanout/plan-text", () => {
  it("shows the waves, and why stages are no units", () => {
    const kept = [{ label: "base", reason: "it has no name" }];

    expect(formatFanOut({ waves: [[unit, other], [unit]], kept })).to.equal(
      [
        "wave 1",
        "  api:linux/amd64  r.example/api:1",
        "  web",
        "",
        "wave 2",
        "  api:linux/amd64  r.example/api:1",
        "",
        "stages that are built inside those that use them",
        "  base: it has no name",
        "",
      ].join("\n"),
    );
  });

  it("describes units by texts only", () => {
    expect(describePlan({ waves: [[unit], [other]], kept: [] })).to.deep.equal({
      waves: [
        [
          {
            unit: "api:linux/amd64",
            kind: "build",
            name: "api",
            platform: "linux/amd64",
            destination: "r.example/api:1",
          },
        ],
        [{ unit: "web", kind: "build", name: "web", platform: "", destination: "" }],
      ],
    });
  });
});
