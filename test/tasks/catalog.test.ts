import { expect } from "chai";
import type {
  Manifest,
  ParamSpec,
  ResultSpec,
  WorkspaceSpec,
} from "../pipeline/tekton/manifests.ts";
import { outputOf } from "../support/command.ts";
import { type Package, stepActionPackages, taskPackages } from "./manifests.ts";

/** What the linter of Tekton's catalog and Artifact Hub look at. */
interface CatalogSpec {
  readonly description?: string;
  readonly params?: readonly (ParamSpec & { readonly description?: string })[];
  readonly results?: readonly (ResultSpec & { readonly description?: string })[];
  readonly workspaces?: readonly (WorkspaceSpec & { readonly description?: string })[];
}

type CatalogPackage = Package<Manifest<CatalogSpec>>;

const taskFolders = taskPackages as readonly CatalogPackage[];
const all = [...taskFolders, ...(stepActionPackages as readonly CatalogPackage[])];

const titleOf = ({ manifest, name }: CatalogPackage): string => `${manifest.kind} ${name}`;

describe("tasks/ as a catalog", () => {
  for (const one of all) {
    const { manifest, name, version } = one;
    it(`has the labels and annotations that are required: ${titleOf(one)}`, () => {
      const { annotations = {}, labels = {} } = manifest.metadata ?? {};

      expect(manifest.metadata?.name).to.equal(name);
      expect(labels["app.kubernetes.io/version"])
        .to.equal(version)
        .and.to.match(/^\d+\.\d+$/);
      expect(annotations["tekton.dev/pipelines.minVersion"]).to.match(/^\d+\.\d+\.\d+$/);
      expect(annotations["tekton.dev/categories"]).to.equal("Image Build");
      expect(annotations["tekton.dev/displayName"]).to.match(/^\S.*\S$/);
      expect(annotations["tekton.dev/tags"]).to.match(/^[a-z-]+(, [a-z-]+)*$/);
      expect(annotations["tekton.dev/platforms"]).to.match(
        /^[a-z]+\/[a-z0-9]+(,[a-z]+\/[a-z0-9]+)*$/,
      );
      expect(annotations["artifacthub.io/license"]).to.equal("Apache-2.0");
    });

    it(`is described, in one sentence and in more: ${titleOf(one)}`, () => {
      const { description = "", params = [], results = [], workspaces = [] } = manifest.spec;

      expect(description).to.match(/^[A-Z][^\n]+\.\n[^\n]+/);
      for (const each of [...params, ...results, ...workspaces]) {
        expect(each.description, each.name).to.match(/^\S.+\S$/s);
      }
    });

    it(`names its image by version: ${titleOf(one)}`, () => {
      const image = manifest.spec.params?.find((param) => param.name === "BUILDER_IMAGE");

      expect(image?.default).to.match(/^[a-z.]+\/[a-z/]+:\d+\.\d+\.\d+(@sha256:[0-9a-f]{64})?$/);
      expect(JSON.stringify(manifest.spec)).to.include('"image":"$(params.BUILDER_IMAGE)"');
    });
  }

  for (const one of taskFolders) {
    it(`documents all that it takes and gives: ${titleOf(one)}`, () => {
      const readme = one.read("README.md") ?? "";
      const { params = [], results = [], workspaces = [] } = one.manifest.spec;

      for (const { name } of [...params, ...results, ...workspaces]) {
        expect(readme, name).to.include(`\`${name}\``);
      }
      for (const heading of ["Parameters", "Results", "Platforms", "Usage"]) {
        expect(readme).to.include(`## ${heading}`);
      }
    });

    it(`has owners, samples and a test: ${titleOf(one)}`, () => {
      expect(one.read("OWNERS")).to.match(/^approvers:\n {2}- \S/);
      expect(one.samples.map(({ about }) => about))
        .not.to.include("")
        .and.not.to.have.length(0);
      expect(one.read("tests/run.yaml")).to.include(`name: ${one.name}`);
      const hook = one.read("tests/pre-apply-task-hook.sh") ?? "";
      expect(hook).to.include("registry");
      expect(outputOf(["bash", "-n"], Buffer.from(hook)).toString()).to.equal("");
    });
  }
});
