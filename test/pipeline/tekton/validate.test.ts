import { existsSync, readFileSync } from "node:fs";
import path from "node:path";
import { expect } from "chai";
import { hasSchemas } from "../../support/manifest-schema.ts";
import { crdProblems } from "./decode.ts";
import { readManifests } from "./read-manifests.ts";
import { manifestProblems } from "./validate.ts";
import { pipelineVectors } from "./vectors.ts";

interface Vector {
  readonly file: string;
  readonly accepted: boolean;
  readonly message?: string;
  readonly schemaAccepts: boolean;
}

const folder = path.join(pipelineVectors, "tekton-invalid");
const hasVectors = hasSchemas && existsSync(folder);
const index = path.join(folder, "index.json");
const vectors = hasVectors ? (JSON.parse(readFileSync(index, "utf8")) as readonly Vector[]) : [];

describe("Tekton's validation", () => {
  if (!hasVectors) it("is like the recorded one (not checked: there are no vectors or no schemas)");
  for (const { file, accepted, message = "", schemaAccepts } of vectors) {
    it(`${accepted ? "accepts" : "rejects"} ${file}`, async () => {
      const [manifest] = readManifests(readFileSync(path.join(folder, file), "utf8"));
      if (manifest === undefined) throw new Error(`${file} is empty`);
      const problems = await manifestProblems(manifest);

      expect(problems).to.have.length(accepted ? 0 : 1);
      expect(problems.join("\n")).to.contain(decisive(message));
      expect((await crdProblems(manifest)).length === 0, "by the schema").to.equal(schemaAccepts);
    });
  }
});

/** The first line of Tekton's message; of Go's decoder only what it says of the manifest. */
function decisive(message: string): string {
  const [line = ""] = message.replace(/^decode: json: /, "").split("\n");
  return line.replace(/ into Go struct field .*/, "");
}
