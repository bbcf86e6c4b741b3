import { expect } from "chai";
import type { Task, TaskRun } from "./manifests.ts";
import { stepContainers } from "./pod.ts";
import { readManifests } from "./read-manifests.ts";

const [taskManifest] = readManifests(`
apiVersion: tekton.dev/v1
kind: Task
metadata: {name: build}
spec:
  params:
    - {name: IMAGE}
    - {name: ARGS, type: array, default: [x]}
    - {name: git, type: object, properties: {url: {}, ref: {}}, default: {ref: main}}
    - {name: FORMAT, enum: [oci, docker], default: oci}
  workspaces: [{name: source}, {name: cache, optional: true}]
  steps: [{name: build, image: x, command: [build], args: ["$(params.ARGS[1])"]}]
`);
const task = taskManifest as Task;
const good = {
  params: "{name: IMAGE, value: i}, {name: ARGS, value: [a, b]}, {name: git, value: {url: u}}",
  workspaces: "{name: source, emptyDir: {}}",
};

describe("a run that Tekton refuses to make a pod of", () => {
  it("is none that has what the Task asks for", () => {
    expect(containersOf({})).to.have.length(1);
  });

  it("lacks a parameter, a key of an object or an element that a step takes", () => {
    expect(() => containersOf({ params: "{name: git, value: {}}" })).to.throw(
      [
        'param "IMAGE" is missing',
        'param "git" has no key "url"',
        "$(params.ARGS[1]) is beyond the 1 elements of the param",
      ].join("\n"),
    );
  });

  it("gives a parameter of another type, or one that the enum does not have", () => {
    const params = "{name: FORMAT, value: tar}, {name: ARGS, value: text}";

    expect(() => containersOf({ params: `{name: IMAGE, value: [i]}, ${params}` })).to.throw(
      [
        'param "IMAGE" is of type array, not string',
        'param "ARGS" is of type string, not array',
      ].join("\n"),
    );
  });

  it("binds nothing to a workspace, or two claims", () => {
    const claims = ["source", "cache"].map(
      (name) => `{name: ${name}, persistentVolumeClaim: {claimName: ${name}}}`,
    );

    expect(() => containersOf({ workspaces: "" })).to.throw(
      'workspace "source" is declared but not bound',
    );
    expect(() => containersOf({ workspaces: claims.join() })).to.throw(
      "more than one PersistentVolumeClaim is bound",
    );
  });
});

function containersOf(part: Partial<typeof good>): unknown[] {
  const { params, workspaces } = { ...good, ...part };
  const [taskRun] = readManifests(
    `{apiVersion: tekton.dev/v1, kind: TaskRun, spec: {params: [${params}], workspaces: [${workspaces}]}}`,
  );
  return stepContainers({ task, taskRun: taskRun as TaskRun });
}
