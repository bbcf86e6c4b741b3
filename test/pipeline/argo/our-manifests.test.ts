import { readdir, readFile } from "node:fs/promises";
import path from "node:path";
import { expect } from "chai";
import { hasSchemas } from "../../support/manifest-schema.ts";
import { argoSchemaProblems } from "./decode.ts";
import { findTemplate } from "./find-template.ts";
import { lintManifest } from "./lint.ts";
import {
  type Call,
  isArgoManifest,
  type Manifest,
  parseManifests,
  type Template,
} from "./manifest.ts";

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

  for (const { file, manifest } of found) {
    for (const { call, place } of referringCalls(manifest)) {
      it(`give ${place} of ${file} what the template takes, and no more`, () => {
        const { template } = findTemplate(call, manifest, templates);

        expect(misfits(call, template)).to.deep.equal([]);
      });
    }
  }

  it("name each template once", () => {
    const names = templates.map(({ kind, metadata }) => `${kind} ${metadata.name}`);

    expect(names).to.deep.equal([...new Set(names)]);
  });
});

/** A call of a template of another object. */
interface ReferringCall {
  readonly call: Call;
  readonly place: string;
}

function referringCalls({ metadata, spec }: Manifest): readonly ReferringCall[] {
  return (spec.templates ?? [])
    .flatMap(({ steps = [], dag }) => [...steps.flat(), ...(dag?.tasks ?? [])])
    .filter(({ templateRef }) => templateRef !== undefined)
    .map((call) => ({ call, place: `${metadata.name ?? metadata.generateName}/${call.name}` }));
}

/** Argo drops arguments that a template does not take, and does not look at its enums. */
function misfits({ arguments: given = {} }: Call, { inputs = {} }: Template): readonly string[] {
  const parameters = (given.parameters ?? []).flatMap(({ name, value = "" }) => {
    const declared = inputs.parameters?.find((each) => each.name === name);
    if (declared === undefined) return [`there is no parameter ${name}`];
    const isPermitted = value.includes("{{") || (declared.enum?.includes(value) ?? true);
    return isPermitted ? [] : [`${name} cannot be ${value}`];
  });
  const artifacts = (given.artifacts ?? [])
    .filter(({ name }) => inputs.artifacts?.some((each) => each.name === name) !== true)
    .map(({ name }) => `there is no artifact ${name}`);
  return [...parameters, ...artifacts];
}

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
