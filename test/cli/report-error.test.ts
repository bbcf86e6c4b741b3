import { expect } from "chai";
import { asBuilderError, formatError } from "../../src/cli/report-error.ts";
import { CommandError } from "../../src/errors/command-error.ts";
import { DockerfileError } from "../../src/errors/dockerfile-error.ts";
import { RegistryError } from "../../src/errors/registry-error.ts";
import { noIsolation } from "../../src/isolation/refusal.ts";

const noSources = new Map<string, string>();
const dockerfile = Array.from({ length: 12 }, (_, index) => `RUN step ${index + 1}`).join("\n");
const sources = new Map([["build/Dockerfile", dockerfile]]);

describe("cli/report-error", () => {
  it("shows message, code and hint", () => {
    const error = new RegistryError("REGISTRY_NOT_FOUND", "there is no a/b:1", {
      hint: "Check the tag",
    });

    expect(formatError(error, { format: "text", sources: noSources })).to.equal(
      "error: there is no a/b:1 (REGISTRY_NOT_FOUND)\nhint: Check the tag\n",
    );
  });

  it("shows the lines meant, with two around them", () => {
    const location = { file: "build/Dockerfile", firstLine: 9, lastLine: 10 };
    const error = new DockerfileError("DOCKERFILE_INVALID", "that cannot be", { location });

    expect(formatError(error, { format: "text", sources })).to.equal(
      [
        "error: that cannot be (DOCKERFILE_INVALID)",
        "build/Dockerfile:9",
        "   7 | RUN step 7",
        "   8 | RUN step 8",
        ">  9 | RUN step 9",
        "> 10 | RUN step 10",
        "  11 | RUN step 11",
        "  12 | RUN step 12",
        "hint: Correct the line",
        "",
      ].join("\n"),
    );
  });

  it("names the place alone where the text is not known", () => {
    const location = { file: "Dockerfile", firstLine: 3, lastLine: 3 };
    const error = new DockerfileError("DOCKERFILE_SYNTAX", "bad", { location });

    expect(formatError(error, { format: "text", sources })).to.include("\nDockerfile:3\n");
  });

  it("shows the last output of a failed command", () => {
    const error = new CommandError("COMMAND_FAILED", "it failed with status 1", {
      lastLines: ["cc: not found", "make: *** stop"],
    });

    expect(formatError(error, { format: "text", sources })).to.include(
      "last output:\n  cc: not found\n  make: *** stop\n",
    );
  });

  it("has a line for each way that is refused, and for what would permit it", () => {
    const error = noIsolation([
      { rung: "namespace", reason: "unshare failed", remedy: "seccompProfile: Unconfined" },
      { rung: "ptrace", reason: "Yama forbids it", remedy: "add: [SYS_PTRACE]" },
    ]);

    expect(formatError(error, { format: "text", sources })).to.equal(
      [
        "error: this pod permits no way to run a command (tried: namespace, ptrace) (ISOLATION_UNAVAILABLE)",
        "  namespace: unshare failed",
        "  ptrace: Yama forbids it",
        "hint: one of these permits it; slipway doctor shows more",
        "  for ptrace: add: [SYS_PTRACE]",
        "  for namespace: seccompProfile: Unconfined",
        "",
      ].join("\n"),
    );
    expect(JSON.parse(formatError(error, { format: "json", sources }))).to.deep.include({
      exitCode: 14,
      refusals: error.refusals,
      hint: "One of these permits it: for ptrace, add: [SYS_PTRACE]; for namespace, seccompProfile: Unconfined",
    });
  });

  it("colours the word error only", () => {
    const error = new RegistryError("REGISTRY_REJECTED", "no");

    expect(formatError(error, { format: "color", sources })).to.equal(
      "\u001B[31merror\u001B[39m: no (REGISTRY_REJECTED)\nhint: Its answer says why\n",
    );
  });

  it("writes one JSON object with everything known", () => {
    const location = { file: "Dockerfile", firstLine: 3, lastLine: 4 };
    const error = new CommandError("COMMAND_FAILED", "it failed", {
      location,
      lastLines: ["x"],
      hint: "Look above",
    });

    const line = formatError(error, { format: "json", sources });

    expect(line.indexOf("\n")).to.equal(line.length - 1);
    const { time, ...rest } = JSON.parse(line) as Record<string, unknown>;
    expect(Date.parse(String(time))).to.be.greaterThan(0);
    expect(rest).to.deep.equal({
      level: "error",
      msg: "it failed",
      code: "COMMAND_FAILED",
      exitCode: 4,
      hint: "Look above",
      location,
      lastLines: ["x"],
    });
  });

  it("makes anything else an internal error that keeps the stack and hides secrets", () => {
    const error = asBuilderError(new Error("cannot reach https://me:hunter2@host.example/"));

    const text = formatError(error, { format: "text", sources });

    expect(error.exitCode).to.equal(70);
    expect(text).to.include("INTERNAL").and.include("report-error.test.ts");
    expect(text).not.to.include("hunter2");
    expect(asBuilderError("a string").message).to.include("a string");
  });
});
