import { cp, mkdir, writeFile } from "node:fs/promises";
import path from "node:path";
import { expect } from "chai";
import { SampleYard } from "../pipeline/sample-yard.ts";
import {
  type Manifest,
  named,
  type Pipeline,
  type PipelineRun,
  type TaskRun,
} from "../pipeline/tekton/manifests.ts";
import type { TaskResults } from "../pipeline/tekton/pipeline.ts";
import { readManifests } from "../pipeline/tekton/read-manifests.ts";
import { taskRunParts } from "../pipeline/tekton/run/task-run-parts.ts";
import { runPipeline } from "../pipeline/tekton/run-pipeline.ts";
import { runTaskRun, type TaskRunOutcome } from "../pipeline/tekton/run-task-run.ts";
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
  "tasks/slipway/0.1/samples/taskrun.yaml": "default",
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

  before(async function () {
    if (!hasPods()) this.skip();
    place = await SampleYard.open();
    source = await place.yard.context({ Dockerfile: dockerfile, hello: "hello\n" });
    known = tasks.flatMap((file) => readManifests(place.read(file)));
  });

  after(async () => {
    await place?.[Symbol.asyncDispose]();
  });

  async function run(taskRun: TaskRun, profile: string, claim = source): Promise<TaskRunOutcome> {
    const task = named(known, "Task", taskRun.spec.taskRef?.name);
    const request = { taskRun, extras: known, ...(task === undefined ? {} : { task }) };
    return runTaskRun({
      ...taskRunParts(request),
      contents: place.contents({ "app-source": claim, "monorepo-source": claim }),
      image: place.image,
      profile,
      directory: place.directory(),
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
});

function valuesOf({ results }: TaskRunOutcome): TaskResults {
  return Object.fromEntries(results.map(({ name, value }) => [name, value])) as TaskResults;
}
