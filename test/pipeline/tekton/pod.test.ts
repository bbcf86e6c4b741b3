import { existsSync, readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { expect } from "chai";
import type { Manifest, Task, TaskRun } from "./manifests.ts";
import type { ImageCommands } from "./pod/image-commands.ts";
import { stepContainers } from "./pod.ts";
import { readManifests } from "./read-manifests.ts";
import { pipelineVectors } from "./vectors.ts";

/** What images.txt of case 33 says, with the digests of its pod.json. */
const images: ReadonlyMap<string, ImageCommands> = new Map([
  [
    "registry.example/slipway:single",
    {
      digest: "sha256:2c46d9a22d3dfe2e9c7e287413dbcbfe473824233c27816deaf97476e0b3a7ba",
      platforms: { "linux/amd64": { entrypoint: ["/usr/bin/slipway"], cmd: ["version"] } },
    },
  ],
  [
    "registry.example/slipway:multi",
    {
      digest: "sha256:170ece92982c5797947ac6a22d60c3411efae0ffc64468c01fceaaddfcd3c9d7",
      platforms: {
        "linux/amd64": { entrypoint: ["/usr/bin/slipway"], cmd: ["version"] },
        "linux/arm64/v8": { entrypoint: ["/usr/bin/slipway-arm"] },
      },
    },
  ],
  [
    "registry.example/slipway:cmd-only",
    {
      digest: "sha256:4c8089e8caf3abf0a77428791ee11d8ce430dcaef84457abe7c5630aa0d9a79b",
      platforms: { "linux/amd64": { cmd: ["/bin/sh", "-c", "x"] } },
    },
  ],
]);

const folder = path.join(pipelineVectors, "tekton-pods");
const hasVectors = existsSync(folder);

describe("a Tekton pod", () => {
  if (!hasVectors) it("has the steps of the recorded ones (not checked: SLIPWAY_VECTORS has none)");
  for (const name of hasVectors ? readdirSync(folder) : []) {
    it(`has the steps of the recorded one: ${name}`, () => {
      const [task] = manifests(name, "task.yaml");
      const [taskRun] = manifests(name, "taskrun.yaml");
      const found = stepContainers({
        task: task as Task,
        taskRun: taskRun as TaskRun,
        extras: manifests(name, "extra.yaml"),
        flags: flags(textOf(name, "flags.txt")),
        images,
      });

      expect(found).to.deep.equal(JSON.parse(textOf(name, "steps.json")));
    });
  }
});

describe("a Tekton pod, where nothing is recorded", () => {
  const action = `
apiVersion: tekton.dev/v1beta1
kind: StepAction
metadata: {name: push}
spec: {image: x, params: [{name: refs, type: array}], command: [push, "$(params.refs[*])"]}`;

  it("names a list for a StepAction that an earlier step has yet to write", () => {
    const steps = `[
      {name: build, image: x, command: [build], results: [{name: refs, type: array}]},
      {name: push, ref: {name: push}, params: [{name: refs, value: "$(steps.build.results.refs[*])"}]}]`;

    expect(argvOf(`steps: ${steps}`, "", action)).to.deep.equal([
      ["build"],
      ["push", "$(steps.build.results.refs[*])"],
    ]);
  });

  it("replaces a workspace's path in a parameter's value, but no parameter in it", () => {
    const spec =
      'params: [{name: A}], workspaces: [{name: w}], steps: [{name: a, image: x, command: ["$(params.A)"]}]';
    const run =
      'params: [{name: A, value: "$(workspaces.w.path) $(params.A)"}], workspaces: [{name: w, emptyDir: {}}]';

    expect(argvOf(spec, run)).to.deep.equal([["/workspace/w $(params.A)"]]);
  });

  it("knows an object's key by dots only", () => {
    const param = "{name: o, default: {k: v}, properties: {k: {}}, type: object}";
    const command = JSON.stringify(["$(params.o.k)", '$(params["o"].k)']);

    expect(
      argvOf(`params: [${param}], steps: [{name: a, image: x, command: ${command}}]`),
    ).to.deep.equal([["v", '$(params["o"].k)']]);
  });

  it("is not made without the StepAction, the volume or the image that a step names", () => {
    expect(() => argvOf("steps: [{name: a, ref: {name: b}}]")).to.throw("there is no StepAction b");
    expect(() => argvOf("steps: [{name: a, image: x}]")).to.throw("the registry has no image x");
    expect(() =>
      argvOf(
        "steps: [{name: a, image: x, command: [c], volumeMounts: [{name: v, mountPath: /v}]}]",
      ),
    ).to.throw("there is no volume v for /v");
  });

  it("is made of a run's own taskSpec", () => {
    const [taskRun] = readManifests(
      "{apiVersion: tekton.dev/v1, kind: TaskRun, spec: {taskSpec: {steps: [{image: x, command: [c]}]}}}",
    );

    expect(stepContainers({ taskRun: taskRun as TaskRun })[0]?.name).to.equal("step-unnamed-0");
  });
});

/** What the steps of a run of a Task get as command and arguments. */
function argvOf(spec: string, run = "", extras = ""): (readonly string[])[] {
  const [task, taskRun] = readManifests(
    `{apiVersion: tekton.dev/v1, kind: Task, spec: {${spec}}}\n---\n{apiVersion: tekton.dev/v1, kind: TaskRun, spec: {${run}}}`,
  );
  return stepContainers({
    task: task as Task,
    taskRun: taskRun as TaskRun,
    extras: readManifests(extras),
  }).map(({ argv }) => argv);
}

function textOf(name: string, file: string): string {
  const whole = path.join(folder, name, file);
  return existsSync(whole) ? readFileSync(whole, "utf8") : "";
}

function manifests(name: string, file: string): Manifest[] {
  return readManifests(textOf(name, file));
}

function flags(text: string): Map<string, string> {
  return new Map(
    text
      .split("\n")
      .filter((line) => line !== "")
      .map((line): [string, string] => [
        line.slice(0, line.indexOf("=")),
        line.slice(line.indexOf("=") + 1),
      ]),
  );
}
