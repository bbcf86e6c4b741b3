import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import {
  type Manifest,
  type Parameter,
  parseManifests,
  type Template,
} from "../pipeline/argo/manifest.ts";
import { samplesIn } from "../tasks/manifests.ts";
import { sampleList } from "./catalog-documents.ts";
import { lines, originNote, table } from "./markdown.ts";

const root = path.resolve(import.meta.dirname, "../../workflows");

/** The README of each package of workflows/, made from its manifests and its samples. */
export function workflowDocuments(): Readonly<Record<string, () => string>> {
  const names = readdirSync(root, { withFileTypes: true }).filter((entry) => entry.isDirectory());
  const folders = names.flatMap(({ name }) =>
    readdirSync(path.join(root, name)).map((version) => path.join(name, version)),
  );
  return Object.fromEntries(
    folders.map((folder) => [`workflows/${folder}/README.md`, () => packageDocument(folder)]),
  );
}

function packageDocument(folder: string): string {
  const directory = path.join(root, folder);
  const [manifest] = parseManifests(readFileSync(path.join(directory, "manifests.yaml"), "utf8"));
  if (manifest === undefined) throw new Error(`there is no manifest in ${folder}`);
  const { annotations = {}, name = "" } = manifest.metadata;
  const cluster = readdirSync(directory).includes("cluster.yaml");
  return lines(
    `# ${name}: ${annotations["workflows.argoproj.io/title"] ?? ""}`,
    "",
    originNote("manifests.yaml"),
    "",
    annotations["workflows.argoproj.io/description"] ?? "",
    "",
    "## Usage",
    "",
    "```",
    `kubectl apply -f workflows/${folder}/manifests.yaml`,
    "```",
    "",
    ...(cluster
      ? ["For all namespaces, apply `cluster.yaml`, and say `clusterScope: true`.", ""]
      : []),
    ...sampleList(samplesIn(path.join(directory, "samples"))),
    "",
    "More: [docs/argo.md](../../../docs/argo.md), [docs/security.md](../../../docs/security.md).",
    ...argumentsOf(manifest),
    ...(manifest.spec.templates ?? []).flatMap(templateLines),
  );
}

function argumentsOf({ spec }: Manifest): string[] {
  const parameters = spec.arguments?.parameters ?? [];
  if (parameters.length === 0) return [];
  return ["", "## Arguments", "", ...parameterTable(parameters)];
}

function templateLines({ name, inputs, outputs }: Template): string[] {
  const given = inputs?.parameters ?? [];
  const artifacts = (inputs?.artifacts ?? []).map((artifact) => `\`${artifact.name}\``);
  const results = outputs?.parameters ?? [];
  if (given.length + artifacts.length + results.length === 0) return [];
  return [
    "",
    `## Template ${name}`,
    "",
    ...(artifacts.length === 0 ? [] : [`Input artifact: ${artifacts.join(", ")}.`, ""]),
    ...(given.length === 0 ? [] : parameterTable(given)),
    ...(results.length === 0 ? [] : ["", ...outputTable(results)]),
  ];
}

function parameterTable(parameters: readonly Parameter[]): string[] {
  const rows = parameters.map(({ name, value, description = "" }) => [
    `\`${name}\``,
    value === undefined ? "" : `\`${value === "" ? '""' : value}\``,
    description,
  ]);
  return table(["Parameter", "Default", "Meaning"], rows);
}

function outputTable(outputs: readonly Parameter[]): string[] {
  return table(
    ["Output", "Meaning"],
    outputs.map(({ name, description = "" }) => [`\`${name}\``, description]),
  );
}
