import { chmod, cp } from "node:fs/promises";
import path from "node:path";
import { expect } from "chai";
import { SampleYard } from "../pipeline/sample-yard.ts";
import {
  type Manifest,
  named,
  type Pipeline,
  type PipelineRun,
  referredName,
  type Task,
  type TaskRun,
} from "../pipeline/tekton/manifests.ts";
import type { TaskResults } from "../pipeline/tekton/pipeline.ts";
import { stepContainers } from "../pipeline/tekton/pod.ts";
import { readManifests } from "../pipeline/tekton/read-manifests.ts";
import { taskRunParts } from "../pipeline/tekton/run/task-run-parts.ts";
import { type PipelineOutcome, runPipeline } from "../pipeline/tekton/run-pipeline.ts";
import {
  runTaskRun,
  type TaskRunOptions,
  type TaskRunOutcome,
} from "../pipeline/tekton/run-task-run.ts";
import { hasPods } from "../support/pods.ts";
import { storedDigest } from "../support/stored-digest.ts";

const dockerfile = [
  "FROM busybox",
  "ARG VERSION=none REVISION=none MESSAGE=none",
  "COPY hello /",
  'RUN --mount=type=secret,id=npmrc echo "$VERSION $MESSAGE" >/made && if [ -f /run/secrets/npmrc ]; then wc -c </run/secrets/npmrc >/secret-size; fi',
  "",
].join("\n");

const tasks = [
  "tasks/slipway/0.1/slipway.yaml",
  "tasks/slipway-restricted/0.1/slipway-restricted.yaml",
  "tasks/slipway-index/0.1/slipway-index.yaml",
  "tasks/stepactions/slipway/0.1/slipway.yaml",
];

/** Samples of one TaskRun, and the pods that they are for. */
const taskRuns = {
  "tasks/slipway/0.1/samples/minimal.yaml": "default",
  "tasks/slipway/0.1/samples/taskrun.yaml": "default",
  "tasks/slipway/0.1/samples/bundle.yaml": "default",
  "tasks/slipway/0.1/samples/secrets.yaml": "default",
  "tasks/slipway/0.1/samples/host-users-false.yaml": "hostusers-false",
  "tasks/slipway-restricted/0.1/samples/taskrun.yaml": "restricted",
  "tasks/slipway-restricted/0.1/samples/openshift.yaml": "restricted-random-uid",
} as const;

describe("samples of tasks/ (need root, and the pods beside the project)", function () {
  // The step image may have to be built first.
  this.timeout(300_000);
  let place: SampleYard;
  let source: string;
  let known: readonly Manifest[];
  /** The architectures of the nodes that TaskRuns ask for, in their order. */
  const nodes: string[] = [];

  before(async function () {
    if (!hasPods()) this.skip();
    place = await SampleYard.open();
    source = await place.yard.context({ Dockerfile: dockerfile, hello: "hello\n" });
    known = tasks.flatMap((file) => readManifests(place.read(file)));
  });

  after(async () => {
    await place?.[Symbol.asyncDispose]();
  });

  async function run(taskRun: TaskRun, profile: string): Promise<TaskRunOutcome> {
    const task = named(known, "Task", referredName(taskRun.spec.taskRef));
    const request = { taskRun, extras: known, ...(task === undefined ? {} : { task }) };
    return runTaskRun({ ...taskRunParts(request), ...podOf(profile) });
  }

  function podOf(profile: string): Omit<TaskRunOptions, "steps" | "task"> {
    return {
      contents: place.contents({ "app-source": source, "monorepo-source": source }),
      image: place.image,
      profile,
      directory: place.directory(),
    };
  }

  /** Runs the Pipeline of a file as its PipelineRun says; tasks with a stand-in do not run. */
  async function runSample(
    file: string,
    standIns: Readonly<Record<string, (taskRun: TaskRun) => TaskResults>> = {},
  ): Promise<PipelineOutcome> {
    const [pipeline, pipelineRun] = readManifests(place.read(file));
    nodes.length = 0;
    const bound = boundByClaim(pipelineRun as PipelineRun, "app-source");
    return runPipeline(pipeline as Pipeline, bound, async (taskRun, name) => {
      const standIn = standIns[name];
      if (standIn !== undefined) return standIn(taskRun);
      nodes.push(...nodesOf(taskRun));
      const outcome = await run(taskRun, "default");
      expect(outcome.condition.reason, outcome.steps[0]?.log).to.equal("Succeeded");
      return valuesOf(outcome);
    });
  }

  for (const [file, profile] of Object.entries(taskRuns)) {
    it(`pushes and says what it pushed, in a pod like ${profile}: ${file}`, async () => {
      const [manifest] = readManifests(place.read(file));

      const outcome = await run(manifest as TaskRun, profile);

      expect(outcome.condition.reason, outcome.steps[0]?.log).to.equal("Succeeded");
      const { host } = place.registry;
      const digest = storedDigest(place.registry, "team/app:1.2");
      const base = storedDigest(place.yard.registry, "library/busybox:latest");
      expect(valuesOf(outcome)).to.deep.equal({
        IMAGE_DIGEST: digest,
        IMAGE_URL: `${host}/team/app:1.2`,
        IMAGES: `${host}/team/app@${digest}`,
        BASE_IMAGE_ARTIFACT_INPUTS: { uri: "oci://docker.io/library/busybox", digest: base },
      });
      expect(outcome.steps[0]?.log).to.match(
        /credentials registry=\S+ from=.*dockerconfig\/\.dockerconfigjson/,
      );
    });
  }

  it("clones, builds, and deploys by digest: tasks/slipway/0.1/samples/pipeline.yaml", async () => {
    const commit = "4b825dc642cb6eb9a060e54bf8d69288fbee4904";
    const deployed: (readonly string[])[] = [];

    const { results } = await runSample("tasks/slipway/0.1/samples/pipeline.yaml", {
      // Their images are not here: what they would be told, and give, is what counts.
      clone: () => ({ commit, url: "https://git.example.com/team/app.git" }),
      deploy: (taskRun) => {
        deployed.push(stepContainers({ taskRun })[0]?.argv ?? []);
        return {};
      },
    });

    const image = `${place.registry.host}/team/app`;
    const digest = storedDigest(place.registry, "team/app:1.2");
    expect(results).to.deep.equal({ IMAGE_DIGEST: digest, IMAGE_URL: `${image}:1.2` });
    expect(deployed).to.deep.equal([
      ["kubectl", "set", "image", "deployment/app", `*=${image}:1.2@${digest}`],
    ]);
  });

  it("joins two platforms, each from its node: tasks/slipway-index/0.1/samples/multi-platform.yaml", async () => {
    const files = { Dockerfile: "FROM scratch\nCOPY hello /\n", hello: "hello\n" };
    source = await place.yard.context(files);

    const { results, tasks: ran } = await runSample(
      "tasks/slipway-index/0.1/samples/multi-platform.yaml",
    );

    const image = `${place.registry.host}/team/app`;
    const builds = (ran.get("build") ?? []).map((result) => result["IMAGE_DIGEST"] as string);
    const digest = storedDigest(place.registry, "team/app:1.2");
    expect(new Set(builds).size).to.equal(2);
    expect(results["IMAGE_DIGEST"]).to.equal(digest);
    expect(ran.get("index")?.[0]?.["IMAGES"]).to.equal(
      [digest, ...builds].map((each) => `${image}@${each}`).join(","),
    );
    expect(nodes).to.deep.equal(["amd64", "arm64"]);
  });

  it("builds what a step before it made: tasks/stepactions/slipway/0.1/samples/task.yaml", async () => {
    const [task] = readManifests(place.read("tasks/stepactions/slipway/0.1/samples/task.yaml"));
    const parts = taskRunParts({
      task: task as Task,
      taskRun: taskRunOf(`${place.registry.host}/team/site:1`),
      extras: known,
    });
    // The generator's image is not here; Node is in slipway's.
    const script =
      "fs.mkdirSync('/workspace/site'); fs.writeFileSync('/workspace/site/Dockerfile', 'FROM scratch\\nCOPY . /site\\n')";
    const steps = parts.steps.map((step) =>
      step.name === "step-generate" ? { ...step, argv: ["/slipway/bin/node", "-e", script] } : step,
    );

    const outcome = await runTaskRun({ ...parts, steps, ...podOf("default") });

    expect(outcome.condition.reason, JSON.stringify(outcome.steps)).to.equal("Succeeded");
    expect(valuesOf(outcome)).to.deep.equal({
      IMAGE_DIGEST: storedDigest(place.registry, "team/site:1"),
      IMAGE_URL: `${place.registry.host}/team/site:1`,
    });
  });

  it("builds twelve images in waves: tasks/slipway/0.1/samples/monorepo.yaml", async () => {
    source = place.directory();
    await cp(path.resolve("tasks/samples/monorepo"), source, { recursive: true });
    await chmod(source, 0o755);

    const { tasks: ran } = await runSample("tasks/slipway/0.1/samples/monorepo.yaml");

    expect([...ran].map(([name, runs]) => [name, runs.length])).to.deep.equal([
      ["plan", 1],
      ["wave-1", 4],
      ["wave-2", 4],
      ["wave-3", 3],
      ["wave-4", 4],
      ["wave-5", 1],
    ]);
    expect(storedDigest(place.registry, "monorepo/bundle:1.2")).to.match(/^sha256:/);
    expect(storedDigest(place.registry, "monorepo/web:1.2")).to.match(/^sha256:/);
  });
});

function valuesOf({ results }: TaskRunOutcome): TaskResults {
  return Object.fromEntries(results.map(({ name, value }) => [name, value])) as TaskResults;
}

/** A claim that a template would make is one that is there. */
function boundByClaim(run: PipelineRun, claimName: string): PipelineRun {
  const workspaces = (run.spec.workspaces ?? []).map(({ volumeClaimTemplate, ...binding }) =>
    volumeClaimTemplate === undefined
      ? binding
      : { ...binding, persistentVolumeClaim: { claimName } },
  );
  return { ...run, spec: { ...run.spec, workspaces } };
}

/** The architecture that a TaskRun wants of its node, by its parameters as Tekton replaces them. */
function nodesOf(taskRun: TaskRun): string[] {
  const selector = taskRun.spec.podTemplate?.["nodeSelector"] as Record<string, string> | undefined;
  const wanted = selector?.["kubernetes.io/arch"];
  if (wanted === undefined) return [];
  const platform = taskRun.spec.params?.find(({ name }) => `$(params.${name})` === wanted);
  return [String(platform?.value)];
}

/** A run of a Task that takes `IMAGE` and a bound `dockerconfig`. */
function taskRunOf(image: string): TaskRun {
  return {
    apiVersion: "tekton.dev/v1",
    kind: "TaskRun",
    metadata: { name: "run" },
    spec: {
      params: [{ name: "IMAGE", value: image }],
      workspaces: [{ name: "dockerconfig", secret: { secretName: "registry-credentials" } }],
    },
  };
}
