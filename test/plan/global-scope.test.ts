import { expect } from "chai";
import { parseDockerfile } from "../../src/dockerfile/parse.ts";
import { evaluateGlobalArguments, proxyArguments } from "../../src/plan/global-scope.ts";
import { errorFrom } from "../support/error-from.ts";
import { testPlatform } from "../support/plan-request.ts";

function evaluate(
  text: string,
  buildArgs: Readonly<Record<string, string>> = {},
): ReturnType<typeof evaluateGlobalArguments> {
  return evaluateGlobalArguments(parseDockerfile(`${text}\nFROM scratch\n`, "Dockerfile"), {
    buildArgs: new Map(Object.entries(buildArgs)),
    buildPlatform: testPlatform,
    targetPlatform: { os: "linux", architecture: "arm", variant: "v7" },
    targetStage: "app",
  });
}

describe("plan/global-scope", () => {
  const cases: { text: string; args?: Record<string, string>; expected: Record<string, string> }[] =
    [
      { text: "ARG A=1\nARG B=$A-2", expected: { A: "1", B: "1-2" } },
      { text: "ARG A=1\nARG B=$A", args: { A: "9" }, expected: { A: "9", B: "9" } },
      { text: "ARG A=1\nARG A", expected: { A: "1" } },
      { text: "ARG A=1\nARG A=${A}2", expected: { A: "12" } },
      { text: "ARG B=$A\nARG A=1", expected: { A: "1", B: "" } },
      { text: "ARG P=$TARGETARCH$TARGETVARIANT", expected: { P: "armv7" } },
      { text: "ARG P=$BUILDPLATFORM", expected: { P: "linux/amd64" } },
      { text: "ARG S=$TARGETSTAGE", expected: { S: "app" } },
      { text: "ARG P=$TARGETOS", args: { TARGETOS: "plan9" }, expected: { P: "plan9" } },
      { text: "# escape=`\nARG A=1`$B", expected: { A: "1$B" } },
    ];
  for (const { text, args = {}, expected } of cases) {
    it(`evaluates ${JSON.stringify(text)} with ${JSON.stringify(args)}`, () => {
      const { scope } = evaluate(text, args);

      for (const [name, value] of Object.entries(expected)) {
        expect(scope.get(name), name).to.equal(value);
      }
    });
  }

  it("does not know arguments that nothing gives a value, nor those that are not declared", () => {
    const { scope } = evaluate("ARG A", { B: "1" });

    expect(scope.has("A")).to.equal(false);
    expect(scope.has("B")).to.equal(false);
  });

  it("says what is declared where, with what value and by way of which others", () => {
    const { declared } = evaluate("ARG A=1\nARG B=$A C\nARG D=$A", { D: "x" });

    expect(
      declared.map(({ definition, value, uses, location }) => [
        definition.key,
        value,
        [...uses],
        location.firstLine,
      ]),
    ).to.deep.equal([
      ["A", "1", [], 1],
      ["B", "1", ["A"], 2],
      ["C", undefined, [], 2],
      ["D", "x", [], 3],
    ]);
  });

  it("says where a default cannot be expanded", () => {
    const error = errorFrom(() => evaluate("ARG A=1\nARG B=${A"));

    expect(error.location).to.include({ firstLine: 2 });
  });

  it("has proxies in both cases", () => {
    expect([...proxyArguments]).to.include.members(["HTTP_PROXY", "no_proxy", "ALL_PROXY"]);
  });
});
