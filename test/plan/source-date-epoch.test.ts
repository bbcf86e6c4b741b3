import { expect } from "chai";
import { parseDockerfile } from "../../src/dockerfile/parse.ts";
import { type EpochRequest, settleSourceDateEpoch } from "../../src/plan/source-date-epoch.ts";
import { errorOf } from "../support/error-of.ts";

const linux = { os: "linux", architecture: "amd64" };

function settle(
  text: string,
  request: Partial<EpochRequest> & { readonly given?: string } = {},
): ReturnType<typeof settleSourceDateEpoch> {
  const { given, ...rest } = request;
  return settleSourceDateEpoch(parseDockerfile(`${text}\nFROM scratch\n`, "Dockerfile"), {
    buildArgs: new Map(given === undefined ? [] : [["SOURCE_DATE_EPOCH", given]]),
    buildPlatform: linux,
    targetPlatform: linux,
    fallback: "",
    contextTime: undefined,
    ...rest,
  });
}

describe("plan/source-date-epoch", () => {
  const asked = "ARG SOURCE_DATE_EPOCH=7";
  for (const [name, text, request, seconds] of [
    ["is not set where nobody sets it", "", {}, undefined],
    ["is that of the build argument", "", { given: "5" }, 5],
    ["is the Dockerfile's default", asked, {}, 7],
    ["is the build argument rather than the default", asked, { given: "5" }, 5],
    ["is the default as expanded", "ARG T=9\nARG SOURCE_DATE_EPOCH=${T}0", {}, 90],
    ["is not set by an ARG without default", "ARG SOURCE_DATE_EPOCH", {}, undefined],
    ["is unset by an empty build argument", asked, { given: "" }, undefined],
    ["is the fallback where nobody sets it", "", { fallback: "0" }, 0],
    ["is not the fallback where it is set", asked, { fallback: "0" }, 7],
    ["is that of the context", "", { given: "context", contextTime: 11 }, 11],
    ["is not set by a context without time", "", { given: "context" }, undefined],
    ["is the fallback for a context without time", "", { given: "context", fallback: "0" }, 0],
  ] as const) {
    it(name, () => {
      expect(settle(text, request).sourceDateEpoch).to.equal(seconds);
    });
  }

  for (const [name, request, value] of [
    ["a build argument", { given: "5" }, "5"],
    ["the fallback", { fallback: "0" }, "0"],
    ["the context's time", { given: "context", contextTime: 11 }, "11"],
    ["nothing for a context without time", { given: "context" }, ""],
  ] as const) {
    it(`gives stages ${name} as argument`, () => {
      expect(settle("", request).buildArgs.get("SOURCE_DATE_EPOCH")).to.equal(value);
    });
  }

  it("leaves the default in the Dockerfile to the stages", () => {
    expect(settle(asked).buildArgs.size).to.equal(0);
  });

  for (const given of ["-1", "1.5", "0x10", "yesterday", "99999999999999999999"]) {
    it(`refuses ${given}`, async () => {
      const error = await errorOf(() => settle("", { given }));

      expect(error.code).to.equal("USAGE_INVALID_VALUE");
      expect(error.message).to.include(given);
    });
  }
});
