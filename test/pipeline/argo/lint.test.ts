import { expect } from "chai";
import { hasSchemas } from "../../support/manifest-schema.ts";
import { hasPipelineVectors, readVectorFile } from "./argo-vectors.ts";
import { decodingProblem } from "./decode.ts";
import { lintManifest } from "./lint.ts";
import { parseManifests } from "./manifest.ts";

interface InvalidCase {
  readonly file: string;
  readonly why: string;
  readonly accepted: boolean;
  readonly message?: string;
  readonly parseError?: string;
}

/** What is not named in the emulation's messages: the kind of a value that was read, and Go's types. */
const notNamed = /(?<=cannot unmarshal )bool into |(?<=Go struct field )Parameter\./g;

describe("pipeline/argo/lint", () => {
  if (!hasPipelineVectors || !hasSchemas) it("has no vectors or schemas here to be compared with");
  const cases = hasPipelineVectors
    ? (JSON.parse(readVectorFile("argo-invalid/index.json")) as readonly InvalidCase[])
    : [];
  for (const vector of hasSchemas ? cases : []) {
    const { file, why, accepted, message = "", parseError } = vector;
    const verdict = accepted ? "accepts" : "refuses";

    it(`${verdict} ${file.replace(".yaml", "")}: ${why}`, async () => {
      const text = readVectorFile(`argo-invalid/${file}`);
      if (parseError !== undefined) {
        expect(() => parseManifests(text)).to.throw("invalid map key");
        return;
      }
      const [manifest] = parseManifests(text);
      if (manifest === undefined) throw new Error("no document");

      const problem = (await decodingProblem(manifest)) ?? lintManifest(manifest);

      if (accepted) expect(problem).to.equal(undefined);
      else expect(problem).to.include(message.replace("Workflow/w: ", "").replaceAll(notNamed, ""));
    });
  }
});
