import { chmod, mkdir } from "node:fs/promises";
import { expect } from "chai";
import { BuildYard } from "../../support/build-yard.ts";
import { type DockerRegistry, startDockerRegistry } from "../../support/docker-registry.ts";
import { type PodImage, podImageOf } from "../../support/pod-image.ts";
import { hasPods } from "../../support/pods.ts";
import { stepImage } from "../../support/step-image.ts";
import { storedDigest } from "../../support/stored-digest.ts";
import {
  makeTemporaryDirectory,
  type TemporaryDirectory,
} from "../../support/temporary-directory.ts";
import { goJson } from "./entrypoint/go-json.ts";
import {
  emptyMount,
  entrypointOptions,
  secretMount,
  stepContainer,
  tektonMounts,
} from "./run/plain-steps.ts";
import { runTaskRun, type TaskRunOptions, type TaskRunOutcome } from "./run-task-run.ts";
import type { StepContainer } from "./step-container.ts";

const runCommand = "FROM busybox\nRUN echo made > /made\n";
const user = { username: "builder", password: "correct-horse" };

describe("pipeline/tekton/run-task-run (needs root, and the pods beside the project)", function () {
  // The step image may have to be built first.
  this.timeout(300_000);
  let image: PodImage;
  let yard: BuildYard;
  let guarded: DockerRegistry;
  let place: TemporaryDirectory;

  before(async function () {
    if (!hasPods()) this.skip();
    image = await podImageOf(await stepImage());
    yard = await BuildYard.open();
    guarded = await startDockerRegistry({ basic: user });
    // Steps that are not root come to the context by its path.
    await chmod(yard.directory, 0o711);
  });

  after(async () => {
    await guarded?.[Symbol.asyncDispose]();
    await yard?.[Symbol.asyncDispose]();
  });

  beforeEach(async () => {
    place = await makeTemporaryDirectory();
  });

  afterEach(() => place?.[Symbol.asyncDispose]());

  const run = async (
    dockerfile: string,
    options: Pick<TaskRunOptions, "steps" | "profile"> & Partial<TaskRunOptions>,
  ): Promise<TaskRunOutcome> => {
    const source = await yard.context({ Dockerfile: dockerfile, hello: "hello\n" });
    await mkdir(place.join("pod"));
    return runTaskRun({
      task: { declared: [{ name: "IMAGE_DIGEST" }, { name: "IMAGE_URL" }], isInline: false },
      contents: {
        claims: { src: source },
        secrets: { regcred: { ".dockerconfigjson": config() } },
      },
      image,
      directory: place.join("pod"),
      ...options,
    });
  };

  const config = (): string => {
    const auth = Buffer.from(`${user.username}:${user.password}`).toString("base64");
    return JSON.stringify({ auths: { [guarded.host]: { auth } } });
  };

  const build = (destination: string, more: Partial<StepContainer> = {}): StepContainer => {
    const { host } = yard.registry;
    return stepContainer(0, {
      argv: [
        "/slipway/bin/slipway",
        "build",
        "--dockerfile=./Dockerfile",
        "--context=/workspace/source/./",
        `--destination=${destination}`,
        "--digest-file=/tekton/results/IMAGE_DIGEST",
        "--image-url-file=/tekton/results/IMAGE_URL",
        `--insecure-registry=${host}`,
        `--insecure-registry=${guarded.host}`,
        `--registry-map=docker.io=${host}`,
      ],
      ...more,
    });
  };

  it("copies files into an image, in a default pod, with the service account's credentials", async () => {
    const step = build(`${guarded.host}/default/copy:1`, {
      entrypointOptions: [...entrypointOptions(0), ["-docker-config=regcred"]],
      mounts: [...tektonMounts(0), secretMount("/tekton/creds-secrets/regcred", "regcred")],
    });

    const outcome = await run("FROM scratch\nCOPY hello /\n", {
      profile: "default",
      steps: [step],
    });

    expectPushed(outcome, guarded, "default/copy");
  });

  it("copies files as a user that nobody knows, with credentials of a bound secret", async () => {
    const step = build(`${guarded.host}/restricted/copy:1`, {
      envSeen: { DOCKER_CONFIG: "/kaniko/.docker" },
      mounts: [
        ...tektonMounts(0),
        secretMount("/kaniko/.docker", "regcred", [
          { key: ".dockerconfigjson", path: "config.json" },
        ]),
      ],
    });

    const outcome = await run("FROM scratch\nCOPY hello /\n", {
      profile: "restricted-random-uid",
      steps: [step],
    });

    expectPushed(outcome, guarded, "restricted/copy");
  });

  it("runs commands in a default pod", async () => {
    const outcome = await run(runCommand, {
      profile: "default",
      steps: [build(`${yard.registry.host}/default/run:1`)],
    });

    expectPushed(outcome, yard.registry, "default/run");
  });

  it("runs commands in a restricted pod, with a root that cannot be written", async () => {
    const step = build(`${yard.registry.host}/restricted/run:1`, {
      securityContext: { readOnlyRootFilesystem: true },
      mounts: [...tektonMounts(0), emptyMount("/slipway/tmp", "tmp")],
    });

    const outcome = await run(runCommand, { profile: "restricted", steps: [step] });

    expectPushed(outcome, yard.registry, "restricted/run");
  });

  it("kills what takes too long, and skips the steps after it", async () => {
    const first = build(`${yard.registry.host}/late:1`, {
      entrypointOptions: [...entrypointOptions(0), ["-timeout", "3s"]],
    });
    const next = stepContainer(1, { argv: ["/slipway/bin/slipway", "version"] });

    const outcome = await run("FROM busybox\nRUN sleep 1000\n", {
      profile: "default",
      steps: [first, next],
    });

    expect(outcome.condition).to.deep.equal({
      status: "False",
      reason: "StepFailed",
      message: '"step-0" exited because the step exceeded the specified timeout limit',
    });
    expect(outcome.results).to.deep.equal([]);
    const [killed, skipped] = outcome.steps;
    expect(killed).to.deep.include({ containerExitCode: 1, terminationReason: "TimeoutExceeded" });
    expect(killed?.log).to.match(/context deadline exceeded\n$/);
    expect(skipped).to.deep.include({ containerExitCode: 1, terminationReason: "Skipped" });
  });

  it("says which command the image does not have", async () => {
    const outcome = await run("FROM scratch\n", {
      profile: "default",
      steps: [stepContainer(0, { argv: ["sh", "-c", "true"] })],
    });

    expect(outcome.steps[0]?.log).to.equal(
      'Error executing command: exec: "sh": executable file not found in $PATH\n',
    );
  });
});

/** Says what a run has to say that pushed an image as `repository:1`. */
function expectPushed(outcome: TaskRunOutcome, registry: DockerRegistry, repository: string): void {
  const [step] = outcome.steps;
  expect(outcome.condition.reason, step?.log).to.equal("Succeeded");
  const digest = storedDigest(registry, `${repository}:1`);
  const url = `${registry.host}/${repository}:1`;
  const startedAt = step?.decoded.find(({ key }) => key === "StartedAt")?.value;
  expect(outcome.results).to.deep.equal([
    { name: "IMAGE_DIGEST", type: "string", value: digest },
    { name: "IMAGE_URL", type: "string", value: url },
  ]);
  expect(step?.termination).to.equal(
    goJson([
      { key: "IMAGE_DIGEST", value: digest, type: 1 },
      { key: "IMAGE_URL", value: url, type: 1 },
      { key: "StartedAt", value: startedAt, type: 3 },
    ]),
  );
}
