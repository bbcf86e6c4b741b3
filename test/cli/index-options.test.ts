import { expect } from "chai";
import { indexFlags } from "../../src/cli/flags/index-flags.ts";
import { type IndexOptions, readIndexOptions } from "../../src/cli/index-options.ts";
import { settleInPipeline } from "../../src/cli/settle-in-pipeline.ts";
import { digestOf } from "../../src/image/digest.ts";
import { errorOf } from "../support/error-of.ts";
import { fakeHost } from "../support/fake-host.ts";

const digest = digestOf("manifest");

function read(given: Readonly<Record<string, unknown>>): IndexOptions {
  const host = fakeHost([]);
  return readIndexOptions(settleInPipeline(indexFlags, given, host), host);
}

describe("cli/index-options", () => {
  it("looks for a bare digest in the repository of the first destination", () => {
    const { manifests } = read({
      destination: ["r.example/team/app:1", "s.example/app:1"],
      manifest: [`${digest}\n`, "", `t.example/x:1@${digest}`, "t.example/y:2"],
    });

    expect(manifests).to.deep.equal([
      { name: digest, reference: { registry: "r.example", path: "team/app", digest } },
      {
        name: `t.example/x:1@${digest}`,
        reference: { registry: "t.example", path: "x", tag: "1", digest },
      },
      { name: "t.example/y:2", reference: { registry: "t.example", path: "y", tag: "2" } },
    ]);
  });

  it("wants a destination, and names that are names", async () => {
    const unnamed = await errorOf(() => read({ manifest: [digest] }));
    const wrong = await errorOf(() => read({ destination: ["a:1"], manifest: ["a b"] }));

    expect(unnamed.code).to.equal("USAGE_CONFLICT");
    expect(wrong.code).to.equal("USAGE_INVALID_VALUE");
    expect(wrong.message).to.include("--manifest");
  });
});
