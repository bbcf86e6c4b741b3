import { existsSync, readFileSync } from "node:fs";
import path from "node:path";
import { expect } from "chai";
import { hasSchemas } from "../../support/manifest-schema.ts";
import type { Manifest } from "./manifests.ts";
import { readManifests } from "./read-manifests.ts";
import { manifestProblems } from "./validate.ts";
import { crdProblems } from "./validation/decode.ts";
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
      const [read] = readManifests(readFileSync(path.join(folder, file), "utf8"));
      const problems = await manifestProblems(read as Manifest);

      expect(problems).to.have.length(accepted ? 0 : 1);
      expect(problems.join("\n")).to.contain(decisive(message));
      expect((await crdProblems(read as Manifest)).length === 0, "by the schema").to.equal(
        schemaAccepts,
      );
    });
  }
});

describe("Tekton's validation, where nothing is recorded", () => {
  const refused: Record<string, readonly [manifest: string, problem: string]> = {
    "a timeout that is no duration": [
      task("steps: [{name: a, image: x, timeout: soon}]"),
      'time: invalid duration "soon": spec.steps[0].negative timeout',
    ],
    "parameters of a step that refers to nothing": [
      task("steps: [{name: a, image: x, params: [{name: p, value: v}]}]"),
      "params cannot be used without Ref: spec.steps[0].params",
    ],
    "a dotted name that is not in brackets": [
      task('params: [{name: a.b}], steps: [{name: a, image: x, args: ["$(params.a.b)"]}]'),
      'non-existent variable in "$(params.a.b)": spec.steps[0].args[0]',
    ],
    "an inline Task without an image": [
      manifest("Pipeline", "tasks: [{name: a, taskSpec: {steps: [{name: a}]}}]"),
      "missing field(s): spec.steps[0].Image in spec.tasks[0].taskSpec",
    ],
    "a parameter in a matrix and beside it": [
      manifest(
        "Pipeline",
        "tasks: [{name: a, taskRef: {name: x}, params: [{name: p, value: v}], matrix: {params: [{name: p, value: [v]}]}}]",
      ),
      "expected exactly one, got both: spec.tasks[0].matrix[p], spec.tasks[0].params[p]",
    ],
    "a list of the Pipeline in a text": [
      manifest(
        "Pipeline",
        'params: [{name: L, type: array}], tasks: [{name: a, taskRef: {name: x}, params: [{name: p, value: "a $(params.L[*])"}]}]',
      ),
      'variable type invalid in "a $(params.L[*])": spec.tasks[0].params[p]',
    ],
    "a run of nothing": [
      manifest("PipelineRun", "params: []"),
      "expected exactly one, got neither: spec.pipelineRef, spec.pipelineSpec",
    ],
    "a kind that Tekton does not have": [manifest("Tusk", "steps: []"), 'no kind "Tusk": kind'],
  };
  for (const [name, [text, problem]] of Object.entries(refused)) {
    it(`rejects ${name}`, async () => {
      expect((await problemsOf(text)).join("\n")).to.contain(problem);
    });
  }

  it("accepts an inline Task's use of a parameter that is not its own", async () => {
    const step = '{name: a, image: x, args: ["$(params.OUTER)"]}';

    expect(
      await problemsOf(manifest("Pipeline", `tasks: [{name: a, taskSpec: {steps: [${step}]}}]`)),
    ).to.deep.equal([]);
  });

  it("accepts a dotted name in brackets", async () => {
    const step = `{name: a, image: x, args: ["$(params['a.b'])"]}`;

    expect(await problemsOf(task(`params: [{name: a.b}], steps: [${step}]`))).to.deep.equal([]);
  });

  it("checks an enum's default where its flag is set", async () => {
    const flags = new Map([["enable-param-enum", "true"]]);
    const problems = (fallback: string): Promise<string[]> =>
      problemsOf(
        task(
          `params: [{name: F, enum: [oci], default: ${fallback}}], steps: [{name: a, image: x}]`,
        ),
        flags,
      );

    expect(await problems("oci")).to.deep.equal([]);
    expect(await problems("tar")).to.deep.equal([
      "param default value tar not in the enum list: spec.params[F]",
    ]);
  });

  it("says nothing of what is not Tekton's", async () => {
    expect(await problemsOf("{apiVersion: v1, kind: Secret}")).to.deep.equal([]);
  });

  if (!hasSchemas) it("decodes inline Tasks (not checked: SLIPWAY_SCHEMAS names no folder)");
  else {
    it("rejects an unknown field of a Task in a Pipeline in a run", async () => {
      const spec = "{steps: [{name: a, image: x, resources: {}}]}";

      expect(
        await problemsOf(
          manifest("PipelineRun", `pipelineSpec: {tasks: [{name: a, taskSpec: ${spec}}]}`),
        ),
      ).to.deep.equal(['unknown field "resources": spec.steps[0]']);
    });
  }
});

function manifest(kind: string, spec: string): string {
  return `{apiVersion: tekton.dev/v1, kind: ${kind}, metadata: {name: t}, spec: {${spec}}}`;
}

function task(spec: string): string {
  return manifest("Task", spec);
}

async function problemsOf(text: string, flags?: ReadonlyMap<string, string>): Promise<string[]> {
  const [read] = readManifests(text);
  return manifestProblems(read as Manifest, flags);
}

/** The first line of Tekton's message; of Go's decoder only what it says of the manifest. */
function decisive(message: string): string {
  const [line = ""] = message.replace(/^decode: json: /, "").split("\n");
  return line.replace(/ into Go struct field .*/, "");
}
