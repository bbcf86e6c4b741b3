import type {
  Manifest,
  ParamSpec,
  ResultSpec,
  WorkspaceSpec,
} from "../pipeline/tekton/manifests.ts";
import { type Package, type Sample, stepActionPackages, taskPackages } from "../tasks/manifests.ts";
import { lines, originNote, table } from "./markdown.ts";

type Described<Spec> = Spec & { readonly description?: string };

interface CatalogSpec {
  readonly description?: string;
  readonly params?: readonly Described<ParamSpec>[];
  readonly results?: readonly Described<ResultSpec>[];
  readonly workspaces?: readonly Described<WorkspaceSpec>[];
}

type CatalogPackage = Package<Manifest<CatalogSpec>>;

/** The README of each Task and StepAction, made from its manifest and its samples. */
export function catalogDocuments(): Readonly<Record<string, () => string>> {
  const tasks = (taskPackages as readonly CatalogPackage[]).map((one) => ({
    one,
    folder: "tasks",
  }));
  const actions = (stepActionPackages as readonly CatalogPackage[]).map((one) => ({
    one,
    folder: "tasks/stepactions",
  }));
  return Object.fromEntries(
    [...tasks, ...actions].map(({ one, folder }) => [
      `${folder}/${one.name}/${one.version}/README.md`,
      () => packageDocument(one, "../".repeat(folder.split("/").length + 2)),
    ]),
  );
}

/** `up` leads from the package's folder to the root of the repository. */
function packageDocument(one: CatalogPackage, up: string): string {
  const { manifest, name } = one;
  const { description = "", params = [], results = [], workspaces = [] } = manifest.spec;
  const annotations = manifest.metadata?.annotations ?? {};
  const platforms = (annotations["tekton.dev/platforms"] ?? "").split(",");
  return lines(
    `# ${name}: ${annotations["tekton.dev/displayName"] ?? ""}`,
    "",
    originNote(`${name}.yaml`),
    "",
    description.trimEnd().replaceAll("\n", "\n\n"),
    "",
    `It needs Tekton Pipelines ${annotations["tekton.dev/pipelines.minVersion"]} or later.`,
    "",
    "## Usage",
    "",
    ...usage(one, up),
    "",
    "## Parameters",
    "",
    ...table(["Name", "Default", "Meaning"], params.map(paramRow)),
    ...(workspaces.length === 0 ? [] : ["", "## Workspaces", ""]),
    ...(workspaces.length === 0
      ? []
      : table(["Name", "Needed", "Meaning"], workspaces.map(workspaceRow))),
    "",
    "## Results",
    "",
    ...table(
      ["Name", "Meaning"],
      results.map((result) => [`\`${result.name}\``, result.description ?? ""]),
    ),
    "",
    "Results are written after the push, without a newline, and are empty when nothing was pushed.",
    "",
    "## Platforms",
    "",
    ...platforms.map((platform) => `- \`${platform}\``),
  );
}

/** A list of samples, with what they say of themselves. */
export function sampleList(samples: readonly Sample[]): string[] {
  return samples.map(({ file, about }) => `- [samples/${file}](samples/${file}): ${about}`);
}

function usage(one: CatalogPackage, up: string): string[] {
  const samples = sampleList(one.samples);
  return [
    "```",
    `kubectl apply -f ${one.folder}/${one.name}.yaml`,
    "```",
    "",
    ...(samples.length === 0 ? [] : [...samples, ""]),
    `More: [docs/tekton.md](${up}docs/tekton.md), [docs/security.md](${up}docs/security.md).`,
  ];
}

function paramRow(param: Described<ParamSpec>): string[] {
  const value = param.default === undefined ? "" : `\`${shown(param.default)}\``;
  const list = param.type === "array" ? " (a list)" : "";
  return [`\`${param.name}\``, value, `${param.description}${list}`];
}

function workspaceRow(workspace: Described<WorkspaceSpec>): string[] {
  const needed = workspace.optional === true ? "no" : "yes";
  return [`\`${workspace.name}\``, needed, workspace.description ?? ""];
}

function shown(value: unknown): string {
  return typeof value === "string" && value !== "" ? value : JSON.stringify(value);
}
