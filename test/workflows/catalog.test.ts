import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { expect } from "chai";
import { parse } from "yaml";
import { type Manifest, parseManifests } from "../pipeline/argo/manifest.ts";

const root = "workflows";
const packages = readdirSync(root, { withFileTypes: true })
  .filter((entry) => entry.isDirectory())
  .flatMap(({ name }) => readdirSync(path.join(root, name)).map((version) => ({ name, version })));

const read = (...names: string[]): string => readFileSync(path.join(root, ...names), "utf8");

describe("workflows/ as Artifact Hub reads it", () => {
  for (const { name, version } of packages) {
    it(`describes the package: ${name}`, () => {
      const about = parse(read(name, version, "artifacthub-pkg.yml")) as Record<string, unknown>;
      const required = ["version", "name", "displayName", "createdAt", "description"];

      expect(about).to.include.keys(required).and.to.include({ name, version });
      expect(about["annotations"]).to.have.property("argo/version");
      expect(Number.isNaN(Date.parse(String(about["createdAt"])))).to.equal(false);
    });

    it(`documents all parameters and outputs: ${name}`, () => {
      const readme = read(name, version, "README.md");
      for (const manifest of parseManifests(read(name, version, "manifests.yaml"))) {
        for (const parameter of parametersOf(manifest)) {
          expect(readme, parameter).to.include(`\`${parameter}\``);
        }
      }
    });
  }

  it("has the same templates for a namespace and for a cluster", () => {
    const [one] = parseManifests(read("slipway-build", "0.1.0", "manifests.yaml"));
    const [other] = parseManifests(read("slipway-build", "0.1.0", "cluster.yaml"));

    expect(other?.kind).to.equal("ClusterWorkflowTemplate");
    expect({ ...other, kind: one?.kind }).to.deep.equal(one);
  });

  it("gives its three ways to build the same arguments", () => {
    const [manifest] = parseManifests(read("slipway-build", "0.1.0", "manifests.yaml"));
    const args = (manifest?.spec.templates ?? []).map(({ container }) => container?.args);

    expect(args).to.have.length(3);
    expect(new Set(args.map((each) => JSON.stringify(each))).size).to.equal(1);
  });
});

function parametersOf({ spec }: Manifest): string[] {
  const inputs = (spec.templates ?? []).flatMap(({ inputs: given, outputs }) => [
    ...(given?.parameters ?? []),
    ...(outputs?.parameters ?? []),
  ]);
  return [...inputs, ...(spec.arguments?.parameters ?? [])].map(({ name }) => name);
}
