import { readdir } from "node:fs/promises";
import path from "node:path";
import { expect } from "chai";
import {
  hasSchemas,
  readManifest,
  readSchema,
  schemaProblems,
} from "../support/manifest-schema.ts";

interface Step {
  readonly command: readonly string[];
  readonly args: readonly string[];
  readonly script?: string;
  readonly securityContext?: { readonly privileged?: boolean };
}

interface Task {
  readonly metadata: {
    readonly name: string;
    readonly labels: Record<string, string>;
    readonly annotations: Record<string, string>;
  };
  readonly spec: {
    readonly description: string;
    readonly params: readonly { readonly name: string; readonly description: string }[];
    readonly results: readonly { readonly name: string }[];
    readonly workspaces: readonly { readonly name: string }[];
    readonly steps: readonly Step[];
  };
}

const folder = "tasks/slipway/0.1";
const names = (of: readonly { readonly name: string }[]): string[] => of.map(({ name }) => name);
const samples = (await readdir(path.join(folder, "samples"))).map((name) => `samples/${name}`);

describe("tasks/slipway", () => {
  if (!hasSchemas) it("follows Tekton's schemas (not checked: SLIPWAY_SCHEMAS names no folder)");
  for (const file of hasSchemas ? ["slipway.yaml", ...samples] : []) {
    it(`follows Tekton's schema in ${file}`, async () => {
      const manifest = await readManifest<{ kind: string }>(path.join(folder, file));
      const { schema } = await readSchema(`tekton/${manifest.kind.toLowerCase()}.v1.json`);

      expect(schemaProblems(schema as object, manifest)).to.deep.equal([]);
    });
  }

  it("carries what the catalog asks for", async () => {
    const task = await readManifest<Task>(path.join(folder, "slipway.yaml"));

    expect(task.metadata.name).to.equal("slipway");
    expect(task.metadata.labels["app.kubernetes.io/version"]).to.equal("0.1");
    expect(task.metadata.annotations).to.include.keys(
      "tekton.dev/pipelines.minVersion",
      "tekton.dev/categories",
      "tekton.dev/displayName",
      "tekton.dev/platforms",
    );
    expect(task.spec.description).to.match(/^[^\n]+\n[^\n]+/);
    for (const { name, description } of task.spec.params) {
      expect(description, name).to.be.a("string");
    }
  });

  it("has the kaniko task's parameters, workspaces and results", async () => {
    const { spec } = await readManifest<Task>(path.join(folder, "slipway.yaml"));

    expect(names(spec.params)).to.include.members([
      "IMAGE",
      "DOCKERFILE",
      "CONTEXT",
      "EXTRA_ARGS",
      "BUILDER_IMAGE",
    ]);
    expect(names(spec.workspaces)).to.deep.equal(["source", "dockerconfig"]);
    expect(names(spec.results)).to.deep.equal(["IMAGE_DIGEST", "IMAGE_URL"]);
  });

  it("is one step without shell, script or privilege that writes both results", async () => {
    const { spec } = await readManifest<Task>(path.join(folder, "slipway.yaml"));

    expect(spec.steps).to.have.length(1);
    const [step] = spec.steps;
    expect(step?.command).to.deep.equal(["/slipway/bin/slipway", "build"]);
    expect(step).not.to.have.property("script");
    expect(step?.securityContext?.privileged).to.equal(undefined);
    expect(step?.args).to.include.members([
      "--digest-file=$(results.IMAGE_DIGEST.path)",
      "--image-url-file=$(results.IMAGE_URL.path)",
    ]);
  });

  it("declares every parameter, workspace and result that it uses", async () => {
    const task = await readManifest<Task>(path.join(folder, "slipway.yaml"));
    const used = JSON.stringify(task.spec.steps).matchAll(
      /\$\((params|workspaces|results)\.(\w+)/g,
    );

    for (const [whole, kind, name] of used) {
      const declared = task.spec[kind as "params" | "workspaces" | "results"];
      expect(
        declared.map((one) => one.name),
        whole,
      ).to.include(name);
    }
  });
});
