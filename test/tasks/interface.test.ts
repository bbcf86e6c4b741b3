import { expect } from "chai";
import { canonicalArguments } from "../../src/cli/arguments.ts";
import { buildFlags } from "../../src/cli/flags/build-flags.ts";
import type { Step, Task } from "../pipeline/tekton/manifests.ts";
import { stepContainers } from "../pipeline/tekton/pod.ts";
import { packageOf, stepActionPackages, taskPackages } from "./manifests.ts";

const build = packageOf(taskPackages, "slipway").manifest;
const restricted = packageOf(taskPackages, "slipway-restricted").manifest;
const index = packageOf(taskPackages, "slipway-index").manifest;

const names = (of: readonly { readonly name: string }[] = []): string[] =>
  of.map(({ name }) => name);

function onlyStep({ spec }: Task): Step {
  expect(spec.steps).to.have.length(1);
  return spec.steps[0] as Step;
}

describe("tasks/", () => {
  it("stands in for the catalog's kaniko task", () => {
    expect(names(build.spec.params)).to.include.members([
      "IMAGE",
      "DOCKERFILE",
      "CONTEXT",
      "EXTRA_ARGS",
      "BUILDER_IMAGE",
      "WRITER_IMAGE",
    ]);
    expect(names(build.spec.workspaces)).to.include.members(["source", "dockerconfig"]);
    expect(names(build.spec.results)).to.include.members(["IMAGE_DIGEST", "IMAGE_URL"]);
    const required = build.spec.params?.filter((param) => param.default === undefined);
    expect(names(required)).to.deep.equal(["IMAGE"]);
  });

  it("has what the catalog's buildah task has beside its own flags", () => {
    expect(names(build.spec.params)).to.include.members([
      "BUILD_ARGS",
      "TLSVERIFY",
      "SKIP_PUSH",
      "FORMAT",
    ]);
    expect(names(build.spec.workspaces)).to.include("sslcertdir");
  });

  it("has the cache's flags as parameters, which keep nothing by default", () => {
    const [step] = stepContainers({
      task: build,
      taskRun: {
        apiVersion: "tekton.dev/v1",
        kind: "TaskRun",
        metadata: { name: "run" },
        spec: {
          params: [
            { name: "IMAGE", value: "r.example/app:1" },
            { name: "CACHE", value: "true" },
            { name: "CACHE_REPO", value: "r.example/cache" },
            { name: "CACHE_TTL", value: "48h" },
            { name: "CACHE_MOUNTS", value: "r.example/mounts" },
            { name: "EXTRA_ARGS", value: ["--cache-ttl=24h"] },
          ],
          workspaces: [{ name: "source", emptyDir: {} }],
        },
      },
    });

    expect(step?.argv).to.include.members([
      "--cache=true",
      "--cache-repo=r.example/cache",
      "--cache-ttl=48h",
      "--cache-mounts=r.example/mounts",
    ]);
    // As in pipelines that were made for kaniko.
    expect(step?.argv.at(-1)).to.equal("--cache-ttl=24h");
    const defaults = new Map(build.spec.params?.map((param) => [param.name, param.default]));
    const added = ["CACHE", "CACHE_REPO", "CACHE_TTL", "CACHE_MOUNTS"];
    expect(added.map((name) => defaults.get(name))).to.deep.equal(["false", "", "336h", ""]);
  });

  for (const task of [build, restricted, index]) {
    it(`is one step without shell, script or privilege: ${task.metadata?.name}`, () => {
      const step = onlyStep(task);

      expect(step.command?.[0]).to.equal("/slipway/bin/slipway");
      expect(step).not.to.have.property("script");
      expect(JSON.stringify(step.securityContext ?? {})).not.to.include('"privileged"');
    });
  }

  it("differs in the restricted Task by the rights of its step, and nothing else", () => {
    const { securityContext, ...step } = onlyStep(restricted);
    const { description: one, ...spec } = build.spec as Task["spec"] & { description: string };
    const { description: other, ...rest } = restricted.spec as typeof build.spec & {
      description: string;
    };

    expect(securityContext).to.deep.equal({
      allowPrivilegeEscalation: false,
      capabilities: { drop: ["ALL"] },
      seccompProfile: { type: "RuntimeDefault" },
    });
    expect({ ...rest, steps: [step] }).to.deep.equal(spec);
    expect(other).not.to.equal(one);
  });

  for (const [task, name] of [
    [build, "slipway"],
    [index, "slipway-index"],
  ] as const) {
    it(`gives its step the same arguments as the StepAction: ${name}`, () => {
      const { spec } = packageOf(stepActionPackages, name).manifest;
      const { args = [], command } = onlyStep(task);
      const inStepAction = args.map((argument) =>
        argument
          .replace("$(results.", "$(step.results.")
          .replace("$(workspaces.source.path)", "$(params.WORKSPACE)")
          .replace(/\$\(workspaces\.(\w+)\.path\)/, (_whole, workspace: string) => {
            return `$(params.${workspace === "cache" ? "CACHE_DIR" : workspace.toUpperCase()})`;
          }),
      );

      expect(spec.args).to.deep.equal(inStepAction);
      expect(spec.command).to.deep.equal(command);
    });
  }

  it("gives a step nothing but flags that it has, with all workspaces bound or none", () => {
    const bound = names(build.spec.workspaces).map((name) => ({ name, emptyDir: {} }));
    for (const workspaces of [bound, bound.slice(0, 1)]) {
      const taskRun = {
        apiVersion: "tekton.dev/v1",
        kind: "TaskRun",
        metadata: { name: "run" },
        spec: {
          params: [
            { name: "IMAGE", value: "r.example/app:1" },
            { name: "BUILD_ARGS", value: ["", "A=x y", "B=--target"] },
            { name: "EXTRA_ARGS", value: ["--label", "a=b c", "--target=app", ""] },
          ],
          workspaces,
        },
      };
      const [step] = stepContainers({ task: build, taskRun });
      const { args } = canonicalArguments(step?.argv.slice(2) ?? [], buildFlags);

      expect(args).to.include.members([
        "--build-arg=A=x y",
        "--build-arg=B=--target",
        "--label=a=b c",
        "--target=app",
      ]);
      expect(args.includes("--secret-dir=/workspace/secrets")).to.equal(workspaces.length > 1);
    }
  });
});
