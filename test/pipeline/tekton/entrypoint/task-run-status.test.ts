import { globSync, mkdirSync, readFileSync, symlinkSync } from "node:fs";
import path from "node:path";
import { expect } from "chai";
import {
  makeTemporaryDirectory,
  type TemporaryDirectory,
} from "../../../support/temporary-directory.ts";
import type { TaskRun } from "../manifests.ts";
import { readManifests } from "../read-manifests.ts";
import { taskRunParts } from "../run/task-run-parts.ts";
import type { StepContainer } from "../step-container.ts";
import { pipelineVectors } from "../vectors.ts";
import {
  type BusyboxRoot,
  hasChroot,
  makeBusyboxRoot,
  runInRoot,
  startContainer,
} from "./busybox-root.ts";
import { runEntrypoint } from "./entrypoint.ts";
import { parseOptions } from "./options.ts";
import { type EndedStep, type TaskRunStatus, taskRunStatus } from "./task-run-status.ts";

const pattern = path.join(pipelineVectors, "results/taskrun-status/*.yaml");
const names = globSync(pattern).toSorted();

describe("pipeline/tekton/entrypoint/task-run-status (needs root, for chroot)", () => {
  let place: TemporaryDirectory;

  beforeEach(async () => {
    place = await makeTemporaryDirectory();
  });

  afterEach(() => place?.[Symbol.asyncDispose]());

  const missing = names.length === 0 ? "SLIPWAY_VECTORS has none" : "that needs root";
  if (names.length === 0 || !hasChroot) {
    it(`says of a run what a cluster says (not checked: ${missing})`);
  }
  for (const name of hasChroot ? names : []) {
    it(`says of a run what a cluster says: ${path.basename(name, ".yaml")}`, async () => {
      const [taskRun] = readManifests(readFileSync(name, "utf8"));
      const answer = readFileSync(name.replace(/yaml$/, "json"), "utf8");
      const { why: _, ...recorded } = JSON.parse(answer) as { why: string };

      const { status, logs } = await runSteps(taskRun as TaskRun, place.join("root"));

      expect(asRecorded(status, logs)).to.deep.equal(recorded);
    });
  }
});

/** Runs all steps of a TaskRun, one after the other, in one root. */
async function runSteps(
  taskRun: TaskRun,
  directory: string,
): Promise<{ readonly status: TaskRunStatus; readonly logs: readonly string[] }> {
  const root = await makeBusyboxRoot(directory);
  const { steps, task, stepResults } = taskRunParts({ taskRun });
  for (const [index, { name }] of steps.entries()) {
    mkdirSync(path.join(directory, `tekton/run/${index}`));
    symlinkSync(`/tekton/run/${index}/status`, path.join(directory, `tekton/steps/${name}`));
  }
  root.files.makeDirectory("/tekton/downward");
  root.files.write("/tekton/downward/ready", "READY");
  const ended: EndedStep[] = [];
  const logs: string[] = [];
  for (const step of steps) {
    const { log, ...end } = await runStep(step, root);
    ended.push({ ...end, name: step.name, declaredResults: stepResults[step.name] ?? [] });
    logs.push(log);
  }
  return { status: taskRunStatus(task, ended), logs };
}

async function runStep(
  step: StepContainer,
  root: BusyboxRoot,
): Promise<{ readonly exitCode: number; readonly termination: string; readonly log: string }> {
  startContainer(root);
  let log = "";
  const write = (text: string): void => void (log += text);
  const exitCode = await runEntrypoint(step.argv, parseOptions(step.entrypointOptions.flat()), {
    files: root.files,
    environment: { PATH: "/bin" },
    run: runInRoot(root, { onStdout: write, onStderr: write }),
    say: (line) => write(`${line}\n`),
  });
  return { exitCode, termination: root.files.read("/tekton/termination") ?? "", log };
}

/** A status in the form of the vectors: without empty texts, and with long ones cut. */
function asRecorded({ condition, results, steps }: TaskRunStatus, logs: readonly string[]): object {
  return {
    condition,
    results: results.length === 0 ? null : results.map(shorten),
    steps: steps.map((step, index) => {
      const log = logs[index];
      const { message, ...state } = step;
      return {
        ...state,
        ...(message === undefined ? {} : { message: cut(message) }),
        ...(log === "" ? {} : { log }),
      };
    }),
  };
}

function shorten(result: TaskRunStatus["results"][number]): object {
  return result.type === "string" ? { ...result, value: cut(result.value) } : result;
}

/** Texts over 1000 letters are recorded by length, start and end. */
function cut(text: string): string | object {
  if (text.length <= 1000) return text;
  return { length: text.length, start: text.slice(0, 40), end: text.slice(-40) };
}
