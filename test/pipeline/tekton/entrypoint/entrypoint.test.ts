import { mkdirSync, writeFileSync } from "node:fs";
import { setImmediate } from "node:timers/promises";
import { expect } from "chai";
import {
  makeTemporaryDirectory,
  type TemporaryDirectory,
} from "../../../support/temporary-directory.ts";
import { parseDuration } from "./duration.ts";
import { runEntrypoint } from "./entrypoint.ts";
import { parseOptions } from "./options.ts";
import type { CommandEnd, StepCommand } from "./step-command.ts";
import { StepFiles } from "./step-files.ts";
import { decodeMessage } from "./termination.ts";

describe("pipeline/tekton/entrypoint/entrypoint", () => {
  let place: TemporaryDirectory;
  let files: StepFiles;
  let said: string;
  let started: StepCommand[];

  beforeEach(async () => {
    place = await makeTemporaryDirectory();
    const owner = { uid: process.getuid?.() ?? 0, gid: process.getgid?.() ?? 0 };
    files = new StepFiles(new Map([["/", place.path]]), owner);
    for (const name of ["downward", "results", "run", "steps/step-build/results"]) {
      mkdirSync(place.join("tekton", name), { recursive: true });
    }
    writeFileSync(place.join("tekton/termination"), "");
    said = "";
    started = [];
  });

  afterEach(() => place?.[Symbol.asyncDispose]());

  /** Runs a step whose command only says how it ends. */
  const run = (options: readonly string[], end: CommandEnd = { kind: "exited", code: 0 }) =>
    runEntrypoint(
      ["build", "$(steps.build.results.refs[*])"],
      parseOptions([
        "-post_file=/tekton/run/out",
        "-termination_path=/tekton/termination",
        "--step_metadata_dir=/tekton/run/status",
        ...options,
      ]),
      {
        files,
        environment: {},
        run: (command) => {
          started.push(command);
          return Promise.resolve(end);
        },
        say: (line) => void (said += `${line}\n`),
      },
    );

  it("waits until the file before it is there and holds something", async () => {
    files.write("/tekton/downward/ready", "");
    const running = run(["-wait_file", "/tekton/downward/ready", "-wait_file_content"]);
    // All that it could do without waiting, it has done by then.
    await setImmediate();
    expect(started).to.have.length(0);

    files.write("/tekton/downward/ready", "READY");

    expect(await running).to.equal(0);
    expect(started).to.have.length(1);
  });

  it("takes results of earlier steps into conditions and arguments", async () => {
    files.write("/tekton/steps/step-build/results/refs", '["a","b c"]');
    expect(await run(["-when_expressions", when("notin")])).to.equal(0);
    expect(started).to.have.length(0);
    expect(said).to.equal(
      "INFO Step was skipped due to when expressions were evaluated to false.\n",
    );

    expect(await run(["-when_expressions", when("in")])).to.equal(0);
    expect(started[0]?.argv).to.deep.equal(["build", "a", "b c"]);
  });

  it("fails a step whose time is less than none", async () => {
    expect(await run(["-timeout", "-1s"])).to.equal(1);
    expect(said).to.equal("Error executing command: negative timeout specified\n");
    expect(started).to.have.length(0);
  });

  it("reports a code that is passed over, and not a failure to start", async () => {
    const reason = "fork/exec build: permission denied";
    expect(await run(["-on_error=continue"], { kind: "failed", reason })).to.equal(1);
    expect(exitCodes(files)).to.deep.equal([]);

    expect(await run(["-on_error=continue"], { kind: "exited", code: 4 })).to.equal(0);
    expect(exitCodes(files)).to.deep.equal([{ key: "ExitCode", value: "4", type: 3 }]);
  });

  it("knows what it does not emulate", () => {
    expect(() => parseOptions(["-breakpoint_on_failure"])).to.throw("is not emulated");
  });

  for (const [text, milliseconds] of [
    ["0s", 0],
    ["1h30m0s", 5_400_000],
    ["1.5s", 1500],
    ["250ms", 250],
    ["-1m", -60_000],
  ] as const) {
    it(`reads the duration ${text}`, () => {
      expect(parseDuration(text)).to.equal(milliseconds);
    });
  }

  for (const text of ["", "1", "s", "1x", "1s!"]) {
    it(`does not take '${text}' for a duration`, () => {
      expect(() => parseDuration(text)).to.throw("invalid duration");
    });
  }
});

/** A condition on the second item of a list that an earlier step has found out. */
function when(operator: string): string {
  const input = "$(steps.build.results.refs[1])";
  return JSON.stringify([{ input, operator, values: ["b c", "other"] }]);
}

/** What a step reports besides when it started. */
function exitCodes(files: StepFiles): unknown {
  const decoded = decodeMessage(files.read("/tekton/termination") ?? "");
  return decoded?.filter(({ key }) => key !== "StartedAt");
}
