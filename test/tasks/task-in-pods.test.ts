import { readFile } from "node:fs/promises";
import path from "node:path";
import { expect } from "chai";
import { SampleYard } from "../pipeline/sample-yard.ts";
import type { Param, WorkspaceBinding } from "../pipeline/tekton/manifests.ts";
import { taskRunParts } from "../pipeline/tekton/run/task-run-parts.ts";
import {
  runTaskRun,
  type StepOutcome,
  type TaskRunOutcome,
} from "../pipeline/tekton/run-task-run.ts";
import { hasPods } from "../support/pods.ts";
import { storedDigest } from "../support/stored-digest.ts";
import { packageOf, taskPackages } from "./manifests.ts";

interface Run {
  readonly params: readonly Param[];
  readonly workspaces?: readonly WorkspaceBinding[];
  readonly task?: string;
  readonly profile?: string;
  readonly options?: readonly string[];
}

describe("the Task slipway (needs root, and the pods beside the project)", function () {
  // The step image may have to be built first.
  this.timeout(300_000);
  let place: SampleYard;
  let source: string;

  before(async function () {
    if (!hasPods()) this.skip();
    place = await SampleYard.open();
    source = await place.yard.context({
      "app/Dockerfile": 'FROM busybox\nARG TEXT\nLABEL text="$TEXT"\nRUN true\n',
      "copy/Dockerfile": "FROM scratch\nCOPY Dockerfile /\n",
    });
  });

  after(async () => {
    await place?.[Symbol.asyncDispose]();
  });

  const image = (name: string): string => `${place.registry.host}/${name}`;

  async function run(request: Run): Promise<TaskRunOutcome & { readonly step: StepOutcome }> {
    const { task = "slipway", profile = "default", params, workspaces = [] } = request;
    const taskRun = {
      apiVersion: "tekton.dev/v1",
      kind: "TaskRun",
      metadata: { name: "run" },
      spec: {
        params,
        workspaces: [
          { name: "source", persistentVolumeClaim: { claimName: "source" } },
          { name: "dockerconfig", secret: { secretName: "registry-credentials" } },
          ...workspaces,
        ],
      },
    };
    const outcome = await runTaskRun({
      ...taskRunParts({ task: packageOf(taskPackages, task).manifest, taskRun }),
      contents: place.contents({ source }),
      image: place.image,
      profile,
      directory: place.directory(),
      ...(request.options === undefined ? {} : { options: request.options }),
    });
    const [step] = outcome.steps;
    if (step === undefined) throw new Error("there is no step");
    return { ...outcome, step };
  }

  it("has empty results when nothing is pushed", async () => {
    const { condition, results, step } = await run({
      params: [
        { name: "IMAGE", value: image("unpushed:1") },
        { name: "CONTEXT", value: "copy" },
        { name: "SKIP_PUSH", value: "true" },
      ],
    });

    expect(condition.reason, step.log).to.equal("Succeeded");
    expect(results.map(({ name, value }) => [name, value])).to.have.deep.members([
      ["IMAGE_DIGEST", ""],
      ["IMAGE_URL", ""],
      ["IMAGES", ""],
    ]);
  });

  const contexts = ["app", "/app", "./app/", "/workspace/source/app"];
  for (const [at, context] of contexts.entries()) {
    it(`finds the context ${context}, and passes values on as they are`, async () => {
      const text = "a \"quoted\" 'text'\n$PATH, with spaces \\ and {}";
      const name = `found/${at}`;

      const { condition, step } = await run({
        params: [
          { name: "IMAGE", value: image(`${name}:1`) },
          { name: "CONTEXT", value: context },
          { name: "DOCKERFILE", value: "Dockerfile" },
          { name: "BUILD_ARGS", value: ["", `TEXT=${text}`] },
          { name: "EXTRA_ARGS", value: ["", "--label", "second=a b", "--label=third="] },
        ],
      });

      expect(condition.reason, step.log).to.equal("Succeeded");
      const labels = await labelsOf(place, name);
      expect(labels).to.deep.equal({ text, second: "a b", third: "" });
    });
  }

  it("names every place where a context was looked for, and pushes nothing", async () => {
    const { condition, results, step } = await run({
      params: [
        { name: "IMAGE", value: image("lost:1") },
        { name: "CONTEXT", value: "/nowhere" },
      ],
    });

    expect(condition.reason).to.equal("StepFailed");
    expect(results).to.deep.equal([]);
    expect(step.log)
      .to.include(
        "the build context /workspace/source/nowhere is not a directory; neither is /nowhere",
      )
      .and.to.include("CONTEXT_NOT_FOUND");
  });

  it("writes what is too long for Tekton to the workspace, after everything is pushed", async () => {
    const names = Array.from({ length: 40 }, (_, at) => image(`team/service-number-${at}:1`));

    const { condition, results, step } = await run({
      params: [
        { name: "IMAGE", value: image("team/service:1") },
        { name: "CONTEXT", value: "copy" },
        { name: "EXTRA_ARGS", value: names.map((name) => `--destination=${name}`) },
      ],
    });

    expect(condition.reason, step.log).to.equal("Succeeded");
    const digest = storedDigest(place.registry, "team/service-number-39:1");
    const file = "/workspace/source/slipway-images.txt";
    expect(results.find(({ name }) => name === "IMAGES")?.value).to.equal(file);
    expect(results.find(({ name }) => name === "IMAGE_DIGEST")?.value).to.equal(digest);
    const written = await readFile(path.join(source, "slipway-images.txt"), "utf8");
    expect(written.split(","))
      .to.have.length(41)
      .and.to.include(`${names[39]?.slice(0, -2)}@${digest}`);
    expect(Buffer.byteLength(step.termination)).to.be.below(4096);
  });

  it("works in a restricted pod whose root cannot be written to, in what Tekton mounts", async () => {
    const { condition, step } = await run({
      task: "slipway-restricted",
      profile: "restricted",
      options: ["--read-only"],
      params: [
        { name: "IMAGE", value: image("read-only:1") },
        { name: "CONTEXT", value: "app" },
      ],
    });

    expect(condition.reason, step.log).to.equal("Succeeded");
    expect(storedDigest(place.registry, "read-only:1")).to.match(/^sha256:/);
  });

  it("keeps base images in a workspace for the next build", async () => {
    // Tekton refuses a run with two claims, so it is a directory of the same.
    const claim = { persistentVolumeClaim: { claimName: "source" } };
    const cache = { name: "cache", ...claim, subPath: "cache" };
    const params = [
      { name: "IMAGE", value: image("cached:1") },
      { name: "CONTEXT", value: "app" },
    ];

    const first = await run({ params, workspaces: [cache] });
    const asked = blobRequests(place);
    const second = await run({ params, workspaces: [cache] });

    expect([first.condition.reason, second.condition.reason]).to.deep.equal([
      "Succeeded",
      "Succeeded",
    ]);
    expect(blobRequests(place)).to.equal(asked);
  });

  it("takes layers of steps and cache mounts from the repositories that it is told", async () => {
    const params = [
      { name: "IMAGE", value: image("kept:1") },
      { name: "CONTEXT", value: "app" },
      { name: "CACHE", value: "true" },
      { name: "CACHE_MOUNTS", value: image("kept/mounts") },
    ];

    const first = await run({ params });
    const second = await run({ params });

    expect(first.condition.reason, first.step.log).to.equal("Succeeded");
    expect(second.condition.reason, second.step.log).to.equal("Succeeded");
    expect(first.step.log).not.to.include("cached=true");
    expect(second.step.log).to.include("cached=true");
  });
});

/** How often base layers were asked for. */
function blobRequests({ yard }: SampleYard): number {
  return [...yard.registry.log().matchAll(/"GET \/v2\/library\/busybox\/blobs\//g)].length;
}

/** The labels of `name:1`, by what the registry stores. */
async function labelsOf({ registry }: SampleYard, name: string): Promise<unknown> {
  const read = async <T>(digest: string): Promise<T> => {
    const hex = digest.replace("sha256:", "");
    const blob = `docker/registry/v2/blobs/sha256/${hex.slice(0, 2)}/${hex}/data`;
    return JSON.parse(await readFile(path.join(registry.directory, blob), "utf8")) as T;
  };
  const manifest = await read<{ config: { digest: string } }>(storedDigest(registry, `${name}:1`));
  const { config } = await read<{ config: { Labels: unknown } }>(manifest.config.digest);
  return config.Labels;
}
