import { expect } from "chai";
import {
  hasSchemas,
  readManifest,
  readSchema,
  schemaProblems,
} from "../support/manifest-schema.ts";

interface OutputParameter {
  readonly name: string;
  readonly valueFrom: { readonly path: string; readonly default?: string };
}

interface Template {
  readonly name: string;
  readonly inputs: { readonly parameters: readonly { readonly name: string }[] };
  readonly outputs: { readonly parameters: readonly OutputParameter[] };
  readonly container: { readonly command: readonly string[]; readonly args: readonly string[] };
}

interface WorkflowTemplate {
  readonly spec: { readonly templates: readonly [Template] };
}

const file = "workflows/slipway-build.yaml";
const kind = "io.argoproj.workflow.v1alpha1.WorkflowTemplate";

describe("workflows/slipway-build", () => {
  if (!hasSchemas) it("follows Argo's schema (not checked: SLIPWAY_SCHEMAS names no folder)");
  else {
    it("follows Argo's schema", async () => {
      const { definitions } = await readSchema("argo/schema.json");
      const schema = { definitions: definitions as unknown, $ref: `#/definitions/${kind}` };

      expect(schemaProblems(schema, await readManifest(file))).to.deep.equal([]);
    });
  }

  it("gives the digest and the reference, and a default for each where nothing was pushed", async () => {
    const [{ outputs, container }] = (await readManifest<WorkflowTemplate>(file)).spec.templates;

    expect(outputs.parameters.map(({ name }) => name)).to.deep.equal(["image-digest", "image-url"]);
    for (const { name, valueFrom } of outputs.parameters) {
      expect(valueFrom.default, name).to.equal("");
      expect(container.args.join(" "), name).to.include(`=${valueFrom.path}`);
    }
  });

  it("declares every input that it uses", async () => {
    const [template] = (await readManifest<WorkflowTemplate>(file)).spec.templates;
    const declared = template.inputs.parameters.map(({ name }) => name);
    const used = JSON.stringify(template).matchAll(/\{\{inputs\.parameters\.([\w-]+)\}\}/g);

    for (const [whole, name] of used) expect(declared, whole).to.include(name);
  });

  it("starts slipway without a shell", async () => {
    const [{ container }] = (await readManifest<WorkflowTemplate>(file)).spec.templates;

    expect(container.command).to.deep.equal(["/slipway/bin/slipway", "build"]);
  });
});
