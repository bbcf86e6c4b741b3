import { expect } from "chai";
import type { BuildOptions, BuildRun, RunBuild } from "../../src/cli/build-options.ts";
import { runCli } from "../../src/cli/run-cli.ts";
import { CommandError } from "../../src/errors/command-error.ts";
import { type FakeHost, fakeHost } from "../support/fake-host.ts";

interface Recorded {
  readonly builds: { readonly options: BuildOptions; readonly run: BuildRun }[];
  readonly load: () => Promise<RunBuild>;
}

/** A build that only remembers how it was called, and then does `work`. */
function recordBuilds(work: (run: BuildRun) => Promise<void> = () => Promise.resolve()): Recorded {
  const builds: Recorded["builds"] = [];
  const runBuild: RunBuild = async (options, run) => {
    builds.push({ options, run });
    await work(run);
    return 0;
  };
  return { builds, load: () => Promise.resolve(runBuild) };
}

function neverLoaded(): Promise<RunBuild> {
  throw new Error("the build was loaded for nothing");
}

const minimal = ["--no-push"];

async function runHost(host: FakeHost, load: () => Promise<RunBuild>): Promise<number> {
  return runCli(host, { build: load });
}

describe("cli/run-cli", () => {
  it("prints the version on standard output, and loads nothing for it", async () => {
    const host = fakeHost(["--version"]);

    expect(await runHost(host, neverLoaded)).to.equal(0);
    expect(host.out.join("")).to.match(/^\d+\.\d+\.\d+\n$/);
    expect(host.errors).to.deep.equal([]);
  });

  for (const argv of [["--help"], ["build", "-h"]]) {
    it(`prints the help for ${argv.join(" ")}`, async () => {
      const host = fakeHost(argv);

      expect(await runHost(host, neverLoaded)).to.equal(0);
      const help = host.out.join("");
      expect(help).to.match(/^slipway \[build\] \[flags\]\n/);
      expect(help).to.include("-d, --destination").and.include("SLIPWAY_BUILD_ARG");
      expect(help.split("\n").every((line) => line.length <= 100)).to.equal(true);
    });
  }

  it("shows arguments without a flag in the help", async () => {
    const host = fakeHost(["copy", "--help"]);

    expect(await runHost(host, neverLoaded)).to.equal(0);
    expect(host.out.join("")).to.match(/^slipway copy SOURCE DESTINATION\.\.\. \[flags\]\n/);
  });

  for (const argv of [minimal, ["build", ...minimal]]) {
    it(`builds for ${argv.join(" ")}`, async () => {
      const host = fakeHost(argv);
      const { builds, load } = recordBuilds();

      expect(await runHost(host, load), host.errors.join("")).to.equal(0);
      expect(builds).to.have.lengthOf(1);
    });
  }

  it("hands every flag on as it was written", async () => {
    const label = "note=a \"b\" 'c' --d\ne";
    const host = fakeHost(["--label", label, "--label='x'=\"y\"", "--target", "0", ...minimal]);
    const { builds, load } = recordBuilds();

    await runHost(host, load);

    const options = builds[0]?.options;
    expect(options?.target).to.equal("0");
    expect([...(options?.labels ?? [])]).to.deep.equal([
      ["note", "a \"b\" 'c' --d\ne"],
      ["'x'", '"y"'],
    ]);
  });

  it("tells the build which flags were ignored", async () => {
    const { builds, load } = recordBuilds();

    await runHost(fakeHost(["--cleanup", ...minimal]), load);

    expect(builds[0]?.run.notices).to.have.lengthOf(1);
  });

  it("reports a usage error with exit code 2 and without loading the build", async () => {
    const host = fakeHost(["--no-psh"]);

    expect(await runHost(host, neverLoaded)).to.equal(2);
    expect(host.errors.join("")).to.equal(
      "error: the flag --no-psh is not known (USAGE_UNKNOWN_FLAG)\nhint: Did you mean --no-push?\n",
    );
    expect(host.out).to.deep.equal([]);
  });

  it("reports errors as JSON where that is the log's format", async () => {
    for (const host of [
      fakeHost(["--bogus", "--log-format=json"]),
      fakeHost(["--bogus", "--log-format", "json"]),
      fakeHost(["--bogus"], { SLIPWAY_LOG_FORMAT: "json" }),
    ]) {
      expect(await runHost(host, neverLoaded)).to.equal(2);
      expect(JSON.parse(host.errors.join(""))).to.include({ code: "USAGE_UNKNOWN_FLAG" });
    }
  });

  it("returns the exit code of what failed and shows the lines of the Dockerfile", async () => {
    const host = fakeHost(minimal);
    const { load } = recordBuilds((build) => {
      build.sources.set("Dockerfile", "FROM a\nRUN false\n");
      const location = { file: "Dockerfile", firstLine: 2, lastLine: 2 };
      return Promise.reject(new CommandError("COMMAND_FAILED", "it failed", { location }));
    });

    expect(await runHost(host, load)).to.equal(4);
    expect(host.errors.join("")).to.include("Dockerfile:2\n").and.include("> 2 | RUN false");
  });

  it("ends with 143 and the signal's name when a signal aborts the build", async () => {
    const host = fakeHost(minimal);
    const { load } = recordBuilds(async ({ signal }) => {
      host.raise("SIGTERM");
      signal.throwIfAborted();
      await Promise.reject(new Error("not reached"));
    });

    expect(await runHost(host, load)).to.equal(143);
    expect(host.errors.join("")).to.include("SIGTERM").and.include("CANCELLED");
    expect(host.raise("SIGTERM"), "listeners left behind").to.equal(0);
  });

  it("says that it was cancelled, whatever the abort made others throw", async () => {
    const host = fakeHost(minimal);
    const { load } = recordBuilds(() => {
      host.raise("SIGINT");
      return Promise.reject(new Error("socket hang up"));
    });

    expect(await runHost(host, load)).to.equal(143);
    expect(host.errors.join("")).to.include("SIGINT").and.not.include("socket");
  });

  it("reports the unexpected as a defect, with its stack", async () => {
    const host = fakeHost(minimal);
    const { load } = recordBuilds(() => Promise.reject(new TypeError("x is not a function")));

    expect(await runHost(host, load)).to.equal(70);
    expect(host.errors.join(""))
      .to.include("INTERNAL")
      .and.match(/\n {4}at .*run-cli\.test\.ts/);
  });
});
