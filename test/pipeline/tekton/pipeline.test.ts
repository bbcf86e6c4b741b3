import { expect } from "chai";
import type { Pipeline, PipelineRun } from "./manifests.ts";
import { pipelineResults, readyTasks, type TaskResults } from "./pipeline.ts";
import { readManifests } from "./read-manifests.ts";

const fanOut = `
kind: Pipeline
apiVersion: tekton.dev/v1
metadata: {name: multi}
spec:
  params:
    - {name: IMAGE, type: string}
    - {name: PLATFORMS, type: array, default: [linux/amd64, linux/arm64]}
    - {name: EXTRA, type: array, default: []}
  workspaces: [{name: source}, {name: creds, optional: true}]
  tasks:
    - name: index
      taskRef: {name: index}
      params:
        - {name: IMAGE, value: "$(params.IMAGE)"}
        - {name: REFS, value: ["$(tasks.build.results.REF[*])", "last"]}
    - name: build
      taskRef: {name: build}
      runAfter: [fetch]
      matrix: {params: [{name: PLATFORM, value: "$(params.PLATFORMS[*])"}]}
      params:
        - {name: IMAGE, value: "$(params.IMAGE)"}
        - {name: EXTRA, value: ["--label=commit=$(tasks.fetch.results.commit)", "$(params.EXTRA[*])"]}
      workspaces:
        - {name: source, subPath: app}
        - {name: dockerconfig, workspace: creds}
    - name: fetch
      taskRef: {name: fetch}
      workspaces: [{name: output, workspace: source}]
  finally:
    - name: report
      taskSpec:
        params: [{name: DIGEST}]
        steps: [{name: say, image: busybox, args: ["$(params.DIGEST)", "$(params.IMAGE)"]}]
      params: [{name: DIGEST, value: "$(tasks.index.results.DIGEST)"}]
  results:
    - {name: digest, value: "$(tasks.index.results.DIGEST)"}
    - {name: refs, value: "$(tasks.build.results.REF[*])"}
    - {name: never, value: "$(tasks.index.results.NEVER)"}
`;

const [givenRun] = readManifests(`
kind: PipelineRun
apiVersion: tekton.dev/v1
metadata: {name: pr, namespace: ci}
spec:
  pipelineRef: {name: multi}
  params: [{name: IMAGE, value: registry.example/app}, {name: EXTRA, value: ["a b"]}]
  taskRunTemplate: {serviceAccountName: builder}
  workspaces: [{name: source, subPath: work, persistentVolumeClaim: {claimName: src}}]
`);
const run = givenRun as PipelineRun;

describe("a Tekton Pipeline", () => {
  it("runs tasks in the order of runAfter and of the results they take", () => {
    expect(order(pipelineOf(fanOut))).to.deep.equal([["fetch"], ["build"], ["index"], ["report"]]);
  });

  it("runs what waits for nothing at once", () => {
    const pipeline = inline("[{name: a, taskRef: {name: x}}, {name: b, taskRef: {name: x}}]");

    expect(order(pipeline)).to.deep.equal([["a", "b"]]);
  });

  it("makes a TaskRun with the Pipeline's parameters, workspaces and service account", () => {
    const [fetch] = readyTasks(pipelineOf(fanOut), run, new Map());

    expect(fetch?.taskRuns).to.deep.equal([
      {
        apiVersion: "tekton.dev/v1",
        kind: "TaskRun",
        metadata: {
          name: "pr-fetch",
          namespace: "ci",
          labels: { "tekton.dev/pipelineRun": "pr", "tekton.dev/pipelineTask": "fetch" },
        },
        spec: {
          serviceAccountName: "builder",
          taskRef: { name: "fetch" },
          params: [],
          workspaces: [
            { name: "output", subPath: "work", persistentVolumeClaim: { claimName: "src" } },
          ],
        },
      },
    ]);
  });

  it("fans a matrix out, with results of earlier tasks and without unbound workspaces", () => {
    const [build] = readyTasks(
      pipelineOf(fanOut),
      run,
      new Map([["fetch", [{ commit: "c0ffee" }]]]),
    );

    expect(build?.taskRuns.map(({ metadata }) => metadata?.name)).to.deep.equal([
      "pr-build-0",
      "pr-build-1",
    ]);
    expect(build?.taskRuns[1]?.spec).to.deep.include({
      params: [
        { name: "IMAGE", value: "registry.example/app" },
        { name: "EXTRA", value: ["--label=commit=c0ffee", "a b"] },
        { name: "PLATFORM", value: "linux/arm64" },
      ],
      workspaces: [
        { name: "source", subPath: "work/app", persistentVolumeClaim: { claimName: "src" } },
      ],
    });
  });

  it("combines the lists of a matrix, the first one changing fastest", () => {
    const pipeline = inline(
      '[{name: a, taskRef: {name: x}, matrix: {params: [{name: P, value: ["1", "2"]}, {name: Q, value: [x, z]}]}}]',
    );
    const [task] = readyTasks(pipeline, run, new Map());
    const values = task?.taskRuns.map(({ spec }) => spec.params?.map(({ value }) => value));

    expect(values).to.deep.equal([
      ["1", "x"],
      ["2", "x"],
      ["1", "z"],
      ["2", "z"],
    ]);
  });

  it("fans out over a list that is a result", () => {
    const pipeline = inline(
      '[{name: plan, taskRef: {name: plan}}, {name: a, taskRef: {name: x}, matrix: {params: [{name: P, value: "$(tasks.plan.results.units[*])"}]}}]',
    );
    const after = (units: readonly string[]): number | undefined =>
      readyTasks(pipeline, run, new Map([["plan", [{ units }]]]))[0]?.taskRuns.length;

    expect([after(["a", "b", "c"]), after([])]).to.deep.equal([3, 0]);
  });

  it("collects the results of a matrix in the order of its TaskRuns", () => {
    const finished = new Map<string, TaskResults[]>([
      ["fetch", [{ commit: "c0ffee" }]],
      ["build", [{ REF: "first" }, { REF: "second" }]],
    ]);
    const [index] = readyTasks(pipelineOf(fanOut), run, finished);

    expect(index?.taskRuns[0]?.spec.params).to.deep.include({
      name: "REFS",
      value: ["first", "second", "last"],
    });
  });

  it("lets an inline Task see the Pipeline's parameters beside its own", () => {
    const [report] = readyTasks(pipelineOf(fanOut), run, finishedAll());

    expect(report?.taskRuns[0]?.spec.taskSpec?.steps[0]?.args).to.deep.equal([
      "$(params.DIGEST)",
      "registry.example/app",
    ]);
    expect(report?.taskRuns[0]?.spec.params).to.deep.equal([{ name: "DIGEST", value: "sha256:0" }]);
  });

  it("has the results of its tasks, but for those that were not written", () => {
    expect(pipelineResults(pipelineOf(fanOut), run, finishedAll())).to.deep.equal({
      digest: "sha256:0",
      refs: ["first", "second"],
    });
  });

  it("ends at a result that was not written", () => {
    const finished = new Map<string, TaskResults[]>([["fetch", [{}]]]);

    expect(() => readyTasks(pipelineOf(fanOut), run, finished)).to.throw(
      "build: there is no result $(tasks.fetch.results.commit)",
    );
  });

  it("ends at parameters that do not fit and at a workspace that nothing is bound to", () => {
    const pipeline = pipelineOf(fanOut);

    expect(() => readyTasks(pipeline, runWithout("params"), new Map())).to.throw(
      'param "IMAGE" is missing',
    );
    expect(() => readyTasks(pipeline, runWithout("workspaces"), new Map())).to.throw(
      'the run binds nothing to the workspace "source"',
    );
  });
});

function pipelineOf(text: string): Pipeline {
  return readManifests(text)[0] as Pipeline;
}

function runWithout(part: "params" | "workspaces"): PipelineRun {
  return { ...run, spec: { ...run.spec, [part]: [] } };
}

function inline(tasks: string): Pipeline {
  return pipelineOf(`{kind: Pipeline, apiVersion: tekton.dev/v1, spec: {tasks: ${tasks}}}`);
}

function finishedAll(): Map<string, TaskResults[]> {
  return new Map<string, TaskResults[]>([
    ["fetch", [{ commit: "c0ffee" }]],
    ["build", [{ REF: "first" }, { REF: "second" }]],
    ["index", [{ DIGEST: "sha256:0" }]],
  ]);
}

/** The names of the tasks that run together, one wave after the other. */
function order(pipeline: Pipeline): string[][] {
  const results = finishedAll();
  const finished = new Map<string, TaskResults[]>();
  const waves: string[][] = [];
  for (;;) {
    const names = readyTasks(pipeline, run, finished).map(({ name }) => name);
    if (names.length === 0) return waves;
    waves.push(names);
    for (const name of names) finished.set(name, results.get(name) ?? [{}]);
  }
}
