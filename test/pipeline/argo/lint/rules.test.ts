import { expect } from "chai";
import { lintManifest } from "../lint.ts";
import { type Manifest, parseManifests } from "../manifest.ts";

const referred = parseManifests(`
apiVersion: argoproj.io/v1alpha1
kind: WorkflowTemplate
metadata: {name: t}
spec:
  entrypoint: build
  arguments: {parameters: [{name: registry, value: r.example}]}
  templates:
    - name: build
      inputs:
        parameters: [{name: image}, {name: format, value: oci}]
        artifacts: [{name: source, path: /src}]
      container: {image: i, command: [c], args: ["{{inputs.parameters.image}}"]}
    - name: global
      container: {image: i, command: [c], args: ["{{workflow.parameters.registry}}"]}
---
apiVersion: argoproj.io/v1alpha1
kind: ClusterWorkflowTemplate
metadata: {name: c}
spec:
  templates: [{name: build, container: {image: i, command: [c]}}]
`);

function workflow(main: string, more = ""): Manifest {
  const [manifest] = parseManifests(`
apiVersion: argoproj.io/v1alpha1
kind: Workflow
metadata: {name: w}
spec:
  entrypoint: main
  ${more}
  templates:
    - {name: main, ${main}}
    - {name: show, inputs: {parameters: [{name: v}]}, container: {image: i, command: [c]}}
    - {name: plain, container: {image: i, command: [c]}}
`);
  if (manifest === undefined) throw new Error("no workflow");
  return manifest;
}

const container = "container: {image: i, command: [c]}";
const source = 'artifacts: [{name: source, git: {repo: "https://git.example/a"}}]';

/** A workflow whose task `a` exports an output. */
function exporting(task: string): Manifest {
  return workflow(
    `dag: {tasks: [{name: a, template: made}, {name: b, depends: a, ${task}}]}}
    - {name: made, ${container}, outputs: {parameters: [{name: o, globalName: g, valueFrom: {path: /o}}]}}
    - {name: uses, container: {image: i, command: [c], args: ["{{workflow.outputs.parameters.g}}"]}`,
  );
}

/** A workflow of which only the spec is said. */
function workflowWith(spec: string): Manifest {
  const [manifest] = parseManifests(
    `{apiVersion: argoproj.io/v1alpha1, kind: Workflow, metadata: {name: w}, spec: {${spec}}}`,
  );
  if (manifest === undefined) throw new Error("no workflow");
  return manifest;
}

/** What the vectors do not show: templates, and the linter's message, if it has one. */
const cases: Readonly<Record<string, readonly [string, string?]>> = {
  "a tag of somebody else's": ['container: {image: i, command: [c], args: ["{{.Config}}"]}'],
  "a key of an item without items": [
    'dag: {tasks: [{name: a, template: show, arguments: {parameters: [{name: v, value: "{{item.x}}"}]}}]}',
    "templates.main.tasks.a failed to resolve {{item.x}}",
  ],
  "a key of an item of a parameter": [
    'dag: {tasks: [{name: a, template: show, withParam: "[]", arguments: {parameters: [{name: v, value: "{{item.x}}"}]}}]}',
  ],
  "an argument without a value": [
    "dag: {tasks: [{name: a, template: show, arguments: {parameters: [{name: v}]}}]}",
    "templates.main.tasks.a.arguments.v.value is required",
  ],
  "a volume that is mounted on another": [
    "container: {image: i, command: [c], volumeMounts: [{name: a, mountPath: /a}, {name: b, mountPath: /a}]}",
    "templates.main.container.volumeMounts[1].mountPath '/a' already mounted in container.volumeMounts.a",
  ],
  "an artifact with a path in a DAG": [
    "inputs: {artifacts: [{name: a, path: /a, raw: {data: x}}]}, dag: {tasks: [{name: a, template: plain}]}",
    "templates.main.inputs.artifacts.a.path only valid in container/script templates",
  ],
  "git without a repository": [
    `inputs: {artifacts: [{name: a, path: /a, git: {revision: main}}]}, ${container}`,
    "templates.main.inputs.artifacts.a.git.repo is required",
  ],
  "an output with two sources": [
    `outputs: {parameters: [{name: o, value: x, valueFrom: {path: /o}}]}, ${container}`,
    "templates.main.outputs.parameters.o has both valueFrom and value specified. Choose one.",
  ],
  "an output of a DAG from a file": [
    "outputs: {parameters: [{name: o, valueFrom: {path: /o}}]}, dag: {tasks: [{name: a, template: plain}]}",
    "templates.main.outputs.parameters.o.parameter or expression must be specified for DAG templates",
  ],
  "a result that tasks do not have": [
    "dag: {tasks: [{name: a, template: plain}, {name: b, depends: a.Done, template: plain}]}",
    "templates.main.tasks.b task result 'Done' for task 'a' is invalid",
  ],
  "a pod without a token": [
    `automountServiceAccountToken: false, ${container}`,
    "templates.main.executor.serviceAccountName must not be empty if automountServiceAccountToken is false",
  ],
  "retries without a strategy": [
    `retryStrategy: {retryPolicy: Sometimes}, ${container}`,
    "Sometimes is not a valid RetryPolicy",
  ],
  "a reference with all that it needs": [
    `dag: {tasks: [{name: a, templateRef: {name: t, template: build}, arguments: {parameters: [{name: image, value: x}], ${source}}}]}`,
  ],
  "a reference without an artifact": [
    "steps: [[{name: a, templateRef: {name: t, template: build}, arguments: {parameters: [{name: image, value: x}]}}]]",
    "templates.main.steps[0].a templates.build inputs.artifacts.source was not supplied",
  ],
  "a reference to a template that uses arguments of its own file": [
    "dag: {tasks: [{name: a, templateRef: {name: t, template: global}}]}",
    "templates.main.tasks.a templates.global: failed to resolve {{workflow.parameters.registry}}",
  ],
  "a reference to a cluster's template": [
    "dag: {tasks: [{name: a, templateRef: {name: c, template: build, clusterScope: true}}]}",
  ],
  "a reference to a cluster's template without saying so": [
    "dag: {tasks: [{name: a, templateRef: {name: c, template: build}}]}",
    "templates.main.tasks.a template reference c.build not found",
  ],
};

describe("pipeline/argo/lint/rules", () => {
  for (const [what, [main, message]] of Object.entries(cases)) {
    it(`${message === undefined ? "accepts" : "refuses"} ${what}`, () => {
      expect(lintManifest(workflow(main), referred)).to.equal(message);
    });
  }

  it("knows outputs of the workflow in calls, but not in containers", () => {
    const value = '"{{workflow.outputs.parameters.g}}"';
    const call = `template: show, arguments: {parameters: [{name: v, value: ${value}}]}`;

    // The template is looked at wherever it is called, or not called at all.
    expect(lintManifest(exporting(call))).to.match(/^templates\.uses: failed to resolve/);
    expect(lintManifest(exporting("template: uses"))).to.match(
      /templates\.uses: failed to resolve/,
    );
  });

  it("takes the arguments of a template that is run as a whole from both", () => {
    const image = "parameters: [{name: image, value: x}]";

    const whole = workflowWith(`workflowTemplateRef: {name: t}, arguments: {${image}, ${source}}`);
    const without = workflowWith("workflowTemplateRef: {name: t}");
    const unknown = workflowWith("workflowTemplateRef: {name: u}");

    expect(lintManifest(whole, referred)).to.equal(undefined);
    expect(lintManifest(without, referred)).to.equal(
      "templates.build inputs.parameters.image was not supplied",
    );
    expect(lintManifest(unknown, referred)).to.equal('workflowtemplates.argoproj.io "u" not found');
  });
});
