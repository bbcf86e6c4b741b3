import { expect } from "chai";
import { settleFlags } from "../../src/cli/flag-values.ts";
import type { FlagTable } from "../../src/cli/flags/flag.ts";
import { errorOf } from "../support/error-of.ts";

const common = { group: "", description: "" };
const table = {
  push: { ...common, kind: "switch", kanikoVariable: "KANIKO_PUSH" },
  target: { ...common, kind: "text", value: "X" },
  level: { ...common, kind: "text", value: "X", default: "low", choices: ["low", "high"] },
  "build-arg": { ...common, kind: "list", value: "X" },
} as const satisfies FlagTable;

describe("cli/flag-values", () => {
  it("uses the defaults when nothing is given", () => {
    expect(settleFlags(table, { given: {}, environment: {} })).to.deep.equal({
      push: false,
      target: undefined,
      level: "low",
      "build-arg": [],
    });
  });

  it("prefers arguments to the environment, and that to defaults", () => {
    const environment = { SLIPWAY_TARGET: "env", SLIPWAY_LEVEL: "high", SLIPWAY_PUSH: "true" };

    const values = settleFlags(table, { given: { target: "argument", push: false }, environment });

    expect(values.target).to.equal("argument");
    expect(values.level).to.equal("high");
    expect(values.push).to.equal(false);
  });

  it("takes the last of several values where one is wanted", () => {
    expect(settleFlags(table, { given: { target: ["a", "b"] }, environment: {} }).target).to.equal(
      "b",
    );
  });

  it("prefers its own variables to kaniko's", () => {
    expect(settleFlags(table, { given: {}, environment: { KANIKO_PUSH: "1" } }).push).to.equal(
      true,
    );
    expect(
      settleFlags(table, { given: {}, environment: { KANIKO_PUSH: "1", SLIPWAY_PUSH: "0" } }).push,
    ).to.equal(false);
  });

  it("counts an empty value as not given", () => {
    const given = { target: "", "build-arg": ["", "A=1", ""] };

    const values = settleFlags(table, {
      given,
      environment: { SLIPWAY_TARGET: "env", SLIPWAY_LEVEL: "" },
    });

    expect(values.target).to.equal("env");
    expect(values.level).to.equal("low");
    expect(values["build-arg"]).to.deep.equal(["A=1"]);
  });

  const lists = [
    { text: "A=1", list: ["A=1"] },
    { text: "A=1\nB=a, b\r\n\nC=3\n", list: ["A=1", "B=a, b", "C=3"] },
    { text: '["A=1\\n2", "", "B"]', list: ["A=1\n2", "B"] },
  ];
  for (const { text, list } of lists) {
    it(`reads the list ${JSON.stringify(text)} from the environment`, () => {
      expect(
        settleFlags(table, { given: {}, environment: { SLIPWAY_BUILD_ARG: text } })["build-arg"],
      ).to.deep.equal(list);
    });
  }

  const refused = [
    { environment: { SLIPWAY_BUILD_ARG: "[1]" }, says: "SLIPWAY_BUILD_ARG" },
    { environment: { SLIPWAY_BUILD_ARG: "[x" }, says: "SLIPWAY_BUILD_ARG" },
    { environment: { SLIPWAY_PUSH: "perhaps" }, says: "SLIPWAY_PUSH" },
    { environment: { SLIPWAY_LEVEL: "middle" }, says: "SLIPWAY_LEVEL" },
  ];
  for (const { environment, says } of refused) {
    it(`refuses ${JSON.stringify(environment)} and names the variable`, async () => {
      const error = await errorOf(() => settleFlags(table, { given: {}, environment }));

      expect(error.code).to.equal("USAGE_INVALID_VALUE");
      expect(error.message).to.include(says);
    });
  }
});
