import { readdir, readFile } from "node:fs/promises";
import path from "node:path";
import { expect } from "chai";
import { hasSchemas } from "../../support/manifest-schema.ts";
import { argoSchemaProblems } from "./decode.ts";
import { lintManifest } from "./lint.ts";
import { isArgoManifest, type Manifest, parseManifests } from "./manifest.ts";

const folder = "workflows";

/** A document of a file below the folder. */
interface Found {
  readonly file: string;
  readonly manifest: Manifest;
}

const found = await findManifests();
const templates = found
  .map(({ manifest }) => manifest)
  .filter(({ kind }) => kind.endsWith("WorkflowTemplate"));

describe("workflows", () => {
  if (!hasSchemas) it("follow Argo's schema (not checked: SLIPWAY_SCHEMAS names no folder)");

  it("hold at least one template", () => {
    expect(templates).not.to.deep.equal([]);
  });

  for (const { file, manifest } of found) {
    const { name = manifest.metadata.generateName } = manifest.metadata;

    if (hasSchemas) {
      it(`follow Argo's schema with ${manifest.kind} ${name} of ${file}`, async () => {
        expect(await argoSchemaProblems(manifest)).to.deep.equal([]);
      });
    }

    it(`pass Argo's lint with ${manifest.kind} ${name} of ${file}`, () => {
      expect(lintManifest(manifest, templates)).to.equal(undefined);
    });
  }

  it("name each template once", () => {
    const names = templates.map(({ kind, metadata }) => `${kind} ${metadata.name}`);

    expect(names).to.deep.equal([...new Set(names)]);
  });
});

/** Reads all documents of Argo's kinds: there are others beside them, such as accounts and settings. */
async function findManifests(): Promise<readonly Found[]> {
  const names = (await readdir(folder, { recursive: true })).toSorted();
  const files = names
    .filter((name) => /\.ya?ml$/.test(name))
    .map((name) => path.join(folder, name));
  const read = await Promise.all(
    files.map(async (file) => {
      const manifests = parseManifests(await readFile(file, "utf8"));
      return manifests.filter(isArgoManifest).map((manifest) => ({ file, manifest }));
    }),
  );
  return read.flat();
}
