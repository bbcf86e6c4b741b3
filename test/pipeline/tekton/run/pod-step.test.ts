import { chmod, mkdir } from "node:fs/promises";
import { expect } from "chai";
import { writeBusyboxRoot } from "../../../support/busybox-image.ts";
import { shiftOwners } from "../../../support/pod-image.ts";
import { hasPods } from "../../../support/pods.ts";
import {
  makeTemporaryDirectory,
  type TemporaryDirectory,
} from "../../../support/temporary-directory.ts";
import { runTaskRun, type TaskRunOutcome } from "../run-task-run.ts";
import type { StepContainer } from "../step-container.ts";
import { entrypointOptions, secretMount, stepContainer, tektonMounts } from "./plain-steps.ts";

const secret = { username: "robot", password: "example-only", note: "<3\n" };

describe("pipeline/tekton/run/pod-step (needs root, and the pods beside the project)", function () {
  this.timeout(60_000);
  let place: TemporaryDirectory;

  before(function () {
    if (!hasPods()) this.skip();
  });

  beforeEach(async () => {
    place = await makeTemporaryDirectory();
  });

  afterEach(() => place?.[Symbol.asyncDispose]());

  /** Runs steps from an image that has nothing but busybox. */
  const run = async (
    profile: string,
    steps: readonly StepContainer[],
    options: readonly string[] = [],
  ): Promise<TaskRunOutcome> => {
    const root = place.join("image");
    for (const name of ["pod", "src"]) await mkdir(place.join(name));
    await chmod(place.path, 0o711);
    await writeBusyboxRoot(root);
    return runTaskRun({
      steps,
      task: { declared: [{ name: "IMAGE_DIGEST" }], isInline: false },
      stepResults: { "step-0": [{ name: "digest" }] },
      contents: { claims: { src: place.join("src") }, secrets: { basic: secret } },
      image: {
        environment: { PATH: "/bin" },
        entrypoint: [],
        layers: async (idShift) => {
          await shiftOwners(root, idShift);
          return [root];
        },
      },
      profile,
      options,
      directory: place.join("pod"),
    });
  };

  it("mounts what Tekton mounts, and only for reading where Tekton does", async () => {
    const script = `for at in "$@"; do touch $at/probe 2>/dev/null && echo "$at rw" || echo "$at ro"; done`;
    const writable = ["creds", "run/0", "home", "results", "artifacts"];
    const readable = ["downward", "run/1", "bin", "steps", "creds-secrets/basic"];
    const places = [...writable, ...readable].map((name) => `/tekton/${name}`);

    const outcome = await run(
      "restricted",
      [shell(0, script, ["/workspace", ...places, "/workspace/source", "/"])],
      ["--read-only"],
    );

    const lines = outcome.steps[0]?.log.trim().split("\n");
    expect(lines?.slice(1)).to.deep.equal([
      "/workspace rw",
      ...writable.map((name) => `/tekton/${name} rw`),
      ...readable.map((name) => `/tekton/${name} ro`),
      // It belongs to somebody else, as the root directory does.
      "/workspace/source ro",
      "/ ro",
    ]);
    expect(lines?.[0]).to.match(/^warning: unsuccessful cred copy/);
  });

  it("gives the next step what the one before has found out", async () => {
    const outcome = await run("default", [
      shell(
        0,
        "printf sha256:1 > /tekton/steps/step-0/results/digest; printf x > /tekton/termination",
      ),
      shell(1, 'echo "$1" $(pwd) $HOME; cat /tekton/steps/step-0/exitCode', [
        "$(steps.0.results.digest)",
      ]),
    ]);

    expect(outcome.steps[1]?.log).to.equal("sha256:1 /workspace/source /root\n0");
    expect(outcome.steps[0]?.results).to.deep.equal([
      { name: "digest", type: "string", value: "sha256:1" },
    ]);
    expect(outcome.condition.reason).to.equal("Succeeded");
  });

  for (const profile of ["default", "hostusers-false"]) {
    it(`puts credentials where only the step's user can read them, in a ${profile} pod`, async () => {
      const script =
        'for at in /tekton/creds $HOME; do stat -c "%a %u" $at/.docker/config.json; done;' +
        "cat /tekton/creds/.docker/config.json; cd /tekton/creds-secrets/basic; echo; readlink note; cat note";

      const outcome = await run(profile, [shell(0, script)]);

      const auth = Buffer.from("robot:example-only").toString("base64");
      const entry = `{"username":"robot","password":"example-only","auth":"${auth}","email":"not@val.id"}`;
      expect(outcome.steps[0]?.log).to.equal(
        `600 0\n600 0\n{"auths":{"registry.example":${entry}}}\n..data/note\n<3\n`,
      );
    });
  }
});

/** A step that runs a shell with a script, and has a secret of the service account. */
function shell(index: number, script: string, args: readonly string[] = []): StepContainer {
  return stepContainer(index, {
    argv: ["sh", "-c", script, "sh", ...args],
    entrypointOptions: [
      ...entrypointOptions(index),
      ["-step_results", "digest"],
      ["-basic-docker=basic=registry.example"],
    ],
    mounts: [...tektonMounts(index), secretMount("/tekton/creds-secrets/basic", "basic")],
  });
}
