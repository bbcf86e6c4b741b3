import { expect } from "chai";
import { parseManifests } from "./manifest.ts";

describe("pipeline/argo/manifest", () => {
  it("reads YAML as Go does", () => {
    const text = [
      "{octal: 0644, word: no, letter: y, dot: ., time: 2026-01-01, minutes: 1:30, text: '5'}",
      "---",
      "# nothing but a remark",
      "---",
      "second: true",
    ];

    expect(parseManifests(text.join("\n"))).to.deep.equal([
      {
        octal: 0o644,
        word: false,
        letter: true,
        dot: ".",
        time: "2026-01-01",
        minutes: "1:30",
        text: "5",
      },
      { second: true },
    ]);
  });

  it("refuses what is no YAML, and tags without quotes", () => {
    expect(() => parseManifests("a: [")).to.throw();
    expect(() => parseManifests("a: {{workflow.name}}")).to.throw("invalid map key");
  });
});
