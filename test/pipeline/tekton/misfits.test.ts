import { expect } from "chai";
import { misfits } from "./misfits.ts";
import { readManifests } from "./read-manifests.ts";

const known = readManifests(`
apiVersion: tekton.dev/v1
kind: Task
metadata: {name: build}
spec:
  params:
    - {name: IMAGE}
    - {name: ARGS, type: array, default: []}
    - {name: FORMAT, enum: [oci, docker], default: oci}
  results: [{name: DIGEST}, {name: LAYERS, type: array}]
  workspaces: [{name: source}, {name: creds, optional: true}]
  steps: [{name: build, image: x}]
---
apiVersion: tekton.dev/v1beta1
kind: StepAction
metadata: {name: build-step}
spec: {image: x, params: [{name: context}], results: [{name: digest}]}
`);

describe("manifests that refer to each other", () => {
  it("fit with a list, an enum's value and a matrix that are known only later", () => {
    const tasks = `[
      {name: a, taskRef: {name: build}, workspaces: [{name: source}],
       matrix: {params: [{name: IMAGE, value: [x, z]}]},
       params: [{name: ARGS, value: "$(params.L[*])"}, {name: FORMAT, value: "$(params.F)"}]},
      {name: b, taskRef: {name: build}, workspaces: [{name: source}],
       params: [{name: IMAGE, value: i}, {name: ARGS, value: "$(tasks.a.results.DIGEST[*])"}]}]`;

    expect(pipeline(tasks)).to.deep.equal([]);
  });

  it("do not fit by params that are missing, unknown, of another type or no value of the enum", () => {
    const params = "[{name: ARG, value: x}, {name: ARGS, value: x}, {name: FORMAT, value: tar}]";

    expect(taskRun(`params: ${params}, workspaces: [{name: source}]`)).to.deep.equal([
      'there is no param "ARG"',
      'param "IMAGE" is missing',
      'param "ARGS" is of type string, not array',
      'param "FORMAT" is "tar", which its enum does not have',
    ]);
  });

  it("do not fit by a whole list for a text, or by a matrix over a list", () => {
    expect([
      ...pipelineTask('params: [{name: IMAGE, value: "$(params.L[*])"}]'),
      ...pipelineTask(
        "params: [{name: IMAGE, value: i}], matrix: {params: [{name: ARGS, value: [x]}]}",
      ),
    ]).to.deep.equal([
      'a: param "IMAGE" is of type array, not string',
      'a: param "ARGS" is of type string, not array',
    ]);
  });

  it("do not fit by workspaces that are unknown or not bound", () => {
    const run = "params: [{name: IMAGE, value: i}], workspaces: [{name: src, emptyDir: {}}]";

    expect(taskRun(run)).to.deep.equal([
      'there is no workspace "src"',
      'the workspace "source" is not bound',
    ]);
  });

  it("do not fit by results that the task does not have, or that are a list or none", () => {
    const results = [
      "a.results.NOPE",
      "a.results.LAYERS",
      "a.results.DIGEST[*]",
      "b.results.X",
    ].map((name) => `{name: r, value: "$(tasks.${name})"}`);
    const build =
      "{name: a, taskRef: {name: build}, workspaces: [{name: source}], params: [{name: IMAGE, value: i}]}";

    expect(pipeline(`[${build}], results: [${results.join()}]`)).to.deep.equal([
      '$(tasks.a.results.NOPE) is no result of "a"',
      "$(tasks.a.results.LAYERS) is a list and needs [*]",
      "$(tasks.a.results.DIGEST[*]) is no list",
      "$(tasks.b.results.X) is of no task",
    ]);
  });

  it("do not fit by names that nothing has, unless a resolver looks for them elsewhere", () => {
    expect([
      ...pipeline("[{name: a, taskRef: {name: fetch}}, {name: b, taskRef: {resolver: hub}}]"),
      ...task("[{name: a, ref: {name: nothing}}, {name: b, ref: {resolver: hub}}]"),
      ...read("kind: PipelineRun, spec: {pipelineRef: {name: nothing}}"),
    ]).to.deep.equal([
      'a: there is no Task "fetch"',
      'a: there is no StepAction "nothing"',
      'there is no Pipeline "nothing"',
    ]);
  });

  it("do not fit by a step's params for a StepAction", () => {
    expect(
      task("[{name: a, ref: {name: build-step}, params: [{name: ctx, value: .}]}]"),
    ).to.deep.equal(['a: there is no param "ctx"', 'a: param "context" is missing']);
  });

  it("names variables of a Task that are not declared", () => {
    const args = [
      "$(results.A.path)",
      "$(workspaces.w.path)",
      "$(step.results.r.path)",
      "$(steps.one.results.digest)",
      "$(steps.one.results.nope)",
    ];
    const one = "{name: one, ref: {name: build-step}, params: [{name: context, value: .}]}";

    expect(task(`[${one}, {name: two, image: x, args: ${JSON.stringify(args)}}]`)).to.deep.equal([
      "$(results.A.path) is not declared",
      "$(workspaces.w.path) is not declared",
      "$(steps.one.results.nope) is not declared",
      "$(step.results.r.path) is not declared",
    ]);
  });
});

function read(fields: string): string[] {
  return readManifests(`{apiVersion: tekton.dev/v1, ${fields}}`).flatMap((manifest) =>
    misfits(manifest, known),
  );
}

function taskRun(fields: string): string[] {
  return read(`kind: TaskRun, spec: {taskRef: {name: build}, ${fields}}`);
}

function pipeline(tasks: string): string[] {
  return read(`kind: Pipeline, spec: {tasks: ${tasks}}`);
}

function pipelineTask(fields: string): string[] {
  return pipeline(`[{name: a, taskRef: {name: build}, workspaces: [{name: source}], ${fields}}]`);
}

function task(steps: string): string[] {
  return read(`kind: Task, spec: {steps: ${steps}}`);
}
