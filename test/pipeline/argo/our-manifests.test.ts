import { readdir, readFile } from "node:fs/promises";
import path from "node:path";
import { expect } from "chai";
import { hasSchemas } from "../../support/manifest-schema.ts";
import { argoSchemaProblems } from "./decode.ts";
import type { EndedContainer } from "./engine/execution.ts";
import { sharedVolumes } from "./engine/pod-volumes.ts";
import { findTemplate } from "./find-template.ts";
import { lintManifest } from "./lint.ts";
import {
  type Call,
  isWorkflowManifest,
  type Manifest,
  parseManifests,
  type Template,
} from "./manifest.ts";
import { tagsIn } from "./substitute.ts";
import { runWorkflow } from "./workflow.ts";

const folder = "workflows";

/** A document of a file below the folder. */
interface Found {
  readonly file: string;
  readonly manifest: Manifest;
}

const found = await findManifests();
const templates = found.filter(({ manifest }) => manifest.kind.endsWith("WorkflowTemplate"));

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
      expect(lintManifest(manifest, templatesFor(file))).to.equal(undefined);
    });
  }

  for (const { file, manifest } of found) {
    for (const { call, place } of referringCalls(manifest)) {
      it(`give ${place} of ${file} what the template takes, and no more`, () => {
        const { template } = findTemplate(call, manifest, templatesFor(file));

        expect(misfits(call, template, manifest)).to.deep.equal([]);
      });
    }
  }

  for (const { file, manifest } of found.filter(({ manifest: { kind } }) => kind === "Workflow")) {
    it(`start pods with all of their values in place by ${file}`, async () => {
      const { status, pods } = await runWorkflow({
        workflow: manifest,
        templates: templatesFor(file),
        runContainer: () => Promise.resolve(endedAtOnce),
      });

      expect(status.phase, status.message).to.equal("Succeeded");
      expect(pods).not.to.deep.equal([]);
      for (const pod of pods) {
        expect(tagsIn([pod.main, pod.volumes, pod.more]), pod.node).to.deep.equal([]);
      }
    });
  }

  it("name each template once in a folder", () => {
    const names = templates.map(
      ({ file, manifest }) => `${path.dirname(file)} ${manifest.kind} ${manifest.metadata.name}`,
    );

    expect(names).to.deep.equal([...new Set(names)]);
  });
});

/** A container that left something in each file: a list, for those who fan out over it. */
const endedAtOnce: EndedContainer = {
  exitCode: 0,
  log: "",
  stdout: "",
  timedOut: false,
  readFile: () => Promise.resolve(Buffer.from('["unit"]')),
};

/** All templates, those of folders around the file first: a package may lie here in several versions. */
function templatesFor(file: string): readonly Manifest[] {
  const isAround = (other: Found): boolean => file.startsWith(`${path.dirname(other.file)}/`);
  const around = templates.filter(isAround);
  return [...around, ...templates.filter((other) => !isAround(other))].map(
    ({ manifest }) => manifest,
  );
}

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

/**
 * What the linter does not see: Argo drops arguments that a template does not take, does not look at
 * its enums, and gives it no volume of the file that it stands in.
 */
function misfits({ arguments: given = {} }: Call, template: Template, caller: Manifest): string[] {
  const { inputs = {}, volumes = [], container, script } = template;
  const parameters = (given.parameters ?? []).flatMap(({ name, value = "" }) => {
    const declared = inputs.parameters?.find((each) => each.name === name);
    if (declared === undefined) return [`there is no parameter ${name}`];
    const isPermitted = value.includes("{{") || (declared.enum?.includes(value) ?? true);
    return isPermitted ? [] : [`${name} cannot be ${value}`];
  });
  const artifacts = (given.artifacts ?? [])
    .filter(({ name }) => inputs.artifacts?.some((each) => each.name === name) !== true)
    .map(({ name }) => `there is no artifact ${name}`);
  const known = [...volumes, ...sharedVolumes("", caller.spec)].map(({ name }) => name);
  const mounts = ((container ?? script)?.volumeMounts ?? [])
    .filter(({ name }) => !known.includes(name))
    .map(({ name }) => `there is no volume ${name}`);
  return [...parameters, ...artifacts, ...mounts];
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
      return manifests.filter(isWorkflowManifest).map((manifest) => ({ file, manifest }));
    }),
  );
  return read.flat();
}
