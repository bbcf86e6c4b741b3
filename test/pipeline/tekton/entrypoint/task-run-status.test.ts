import { globSync, mkdirSync, readFileSync, symlinkSync } from "node:fs";
import path from "node:path";
import { expect } from "chai";
import { parse } from "yaml";
import {
  makeTemporaryDirectory,
  type TemporaryDirectory,
} from "../../../support/temporary-directory.ts";
import { vectorsFolder } from "../../../vectors/vectors.ts";
import {
  type BusyboxRoot,
  hasChroot,
  makeBusyboxRoot,
  runInRoot,
  startContainer,
} from "./busybox-root.ts";
import type { DeclaredResult } from "./check-results.ts";
import { runEntrypoint } from "./entrypoint.ts";
import { parseOptions } from "./options.ts";
import { type EndedStep, type TaskRunStatus, taskRunStatus } from "./task-run-status.ts";

/** A step of the cases: all are shells. */
interface Step {
  readonly name: string;
  readonly command: readonly string[];
  readonly args?: readonly string[];
  readonly results?: readonly DeclaredResult[];
  readonly onError?: string;
  readonly timeout?: string;
}

interface Task {
  readonly results: readonly DeclaredResult[];
  readonly steps: readonly Step[];
}

const pattern = "pipelines/results/taskrun-status/*.yaml";
const names = globSync(path.join(vectorsFolder, pattern)).toSorted();

describe("pipeline/tekton/entrypoint/task-run-status (needs root, for chroot)", () => {
  let place: TemporaryDirectory;

  beforeEach(async () => {
    place = await makeTemporaryDirectory();
  });

  afterEach(() => place?.[Symbol.asyncDispose]());

  if (names.length === 0) it("has no vectors here");
  else if (!hasChroot) it("says of a run what a cluster says (not checked: that needs root)");
  for (const name of hasChroot ? names : []) {
    it(`says of a run what a cluster says: ${path.basename(name, ".yaml")}`, async () => {
      const manifest = parse(readFileSync(name, "utf8")) as { spec: { taskSpec: Task } };
      const answer = readFileSync(name.replace(/yaml$/, "json"), "utf8");
      const { why: _, ...recorded } = JSON.parse(answer) as { why: string };

      const { status, logs } = await runTask(manifest.spec.taskSpec, place.join("root"));

      expect(asRecorded(status, logs)).to.deep.equal(recorded);
    });
  }
});

/** Runs all steps of a Task, one after the other, in one root. */
async function runTask(
  task: Task,
  directory: string,
): Promise<{ readonly status: TaskRunStatus; readonly logs: readonly string[] }> {
  const root = await makeBusyboxRoot(directory);
  for (const [index, { name }] of task.steps.entries()) {
    mkdirSync(path.join(directory, `tekton/run/${index}`));
    const link = path.join(directory, `tekton/steps/step-${name}`);
    symlinkSync(`/tekton/run/${index}/status`, link);
  }
  const steps: EndedStep[] = [];
  const logs: string[] = [];
  for (const index of task.steps.keys()) {
    const { step, log } = await runStep(task, index, root);
    steps.push(step);
    logs.push(log);
  }
  return { status: taskRunStatus({ declared: task.results, isInline: true }, steps), logs };
}

async function runStep(
  task: Task,
  index: number,
  root: BusyboxRoot,
): Promise<{ readonly step: EndedStep; readonly log: string }> {
  const { name, command, args = [], results = [], ...step } = task.steps[index] as Step;
  startContainer(root);
  let log = "";
  const write = (text: string): void => void (log += text);
  const taskResults = task.results.filter(({ value }) => value === undefined);
  const exitCode = await runEntrypoint(
    [...command, ...args].map((arg) => replacePaths(arg, index)),
    parseOptions([
      `-wait_file=${index === 0 ? "" : `/tekton/run/${index - 1}/out`}`,
      `-post_file=/tekton/run/${index}/out`,
      "-termination_path=/tekton/termination",
      `-step_metadata_dir=/tekton/run/${index}/status`,
      `-results=${taskResults.map((result) => result.name).join(",")}`,
      `-step_results=${results.map((result) => result.name).join(",")}`,
      `-on_error=${step.onError ?? ""}`,
      `-timeout=${step.timeout ?? ""}`,
    ]),
    {
      files: root.files,
      environment: { PATH: "/bin" },
      run: runInRoot(root, { onStdout: write, onStderr: write }),
      say: (line) => write(`${line}\n`),
    },
  );
  const termination = root.files.read("/tekton/termination") ?? "";
  return { step: { name: `step-${name}`, exitCode, termination, declaredResults: results }, log };
}

/** Puts paths in the place of the variables that these cases use. */
function replacePaths(arg: string, index: number): string {
  return arg
    .replace(/\$\(results\.([\w-]+)\.path\)/g, "/tekton/results/$1")
    .replace(/\$\(step\.results\.([\w-]+)\.path\)/g, `/tekton/run/${index}/status/results/$1`)
    .replace(/\$\(steps\.([\w-]+)\.exitCode\.path\)/g, "/tekton/steps/$1/exitCode");
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
