import { expect } from "chai";
import { canonicalArguments } from "../../src/cli/arguments.ts";
import { warmFlags } from "../../src/cli/flags/warm-flags.ts";
import { settleInPipeline } from "../../src/cli/settle-in-pipeline.ts";
import { readWarmOptions } from "../../src/cli/warm-options.ts";
import { errorOf } from "../support/error-of.ts";
import { fakeHost } from "../support/fake-host.ts";

function read(given: Readonly<Record<string, unknown>>): ReturnType<typeof readWarmOptions> {
  const host = fakeHost([]);
  return readWarmOptions(settleInPipeline(warmFlags, given, host), host);
}

/** The flags of kaniko's warmer, version 1.24. */
const kanikoFlags =
  "build-arg cache-dir cache-ttl customPlatform dockerfile force image insecure-pull insecure-registry log-format " +
  "log-timestamp registry-certificate registry-client-cert registry-map registry-mirror skip-default-registry-fallback " +
  "skip-tls-verify-pull skip-tls-verify-registry verbosity";

describe("cli/warm-options", () => {
  for (const flag of kanikoFlags.split(" ")) {
    it(`takes --${flag}, as kaniko's warmer does`, () => {
      const { args } = canonicalArguments([`--${flag}=1`], warmFlags);

      expect(args).to.have.lengthOf(1);
    });
  }

  it("has the letters of kaniko's warmer, which are not those of its executor", () => {
    const argv = ["-d", "Dockerfile", "-c", "/kept", "-f", "-i", "a", "--cache-ttl=1h"];

    expect(canonicalArguments(argv, warmFlags).args).to.deep.equal([
      "--dockerfile=Dockerfile",
      "--cache-dir=/kept",
      "--force=true",
      "--image=a",
      "--cache-ttl=1h",
    ]);
  });

  it("keeps in /cache, for this machine, unless told otherwise", () => {
    expect(read({ image: ["busybox"] })).to.deep.include({
      images: [{ registry: "docker.io", path: "library/busybox" }],
      directory: "/cache",
      platform: { os: "linux", architecture: "amd64" },
      force: false,
    });
    expect(read({ dockerfile: "D", "custom-platform": "linux/arm64" }).platform).to.deep.equal({
      os: "linux",
      architecture: "arm64",
    });
  });

  it("looks for the Dockerfile where a build does, but for the context", () => {
    const { source } = read({ dockerfile: "D", "build-arg": ["A=1"], workspace: "/w" });

    expect(source).to.deep.include({ dockerfile: "D", workspace: "/w", target: undefined });
    expect(source?.context.location).to.equal(".");
    expect([...(source?.buildArgs ?? [])]).to.deep.equal([["A", "1"]]);
    expect(read({ image: ["a"] }).source).to.equal(undefined);
  });

  it("wants to know what to keep", async () => {
    expect((await errorOf(() => read({}))).code).to.equal("USAGE_CONFLICT");
  });
});
