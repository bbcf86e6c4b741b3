import { expect } from "chai";
import type { BuildOptions } from "../../src/cli/build-options.ts";
import { buildFlags } from "../../src/cli/flags/build-flags.ts";
import { readBuildOptions, visibleFormat } from "../../src/cli/options.ts";
import { settleInPipeline } from "../../src/cli/settle-in-pipeline.ts";
import { formatReference } from "../../src/image/reference.ts";
import { errorOf } from "../support/error-of.ts";
import { fakeHost } from "../support/fake-host.ts";

function optionsOf(given: Record<string, unknown>, environment = {}): BuildOptions {
  const host = fakeHost([], environment);
  return readBuildOptions(settleInPipeline(buildFlags, given, host), host);
}

describe("cli/options", () => {
  it("has kaniko's defaults", () => {
    const options = optionsOf({ "no-push": true });

    expect(options.dockerfile).to.equal("Dockerfile");
    expect(options.context).to.include({ location: "/workspace/", subPath: "" });
    expect(options.platform).to.deep.equal({ os: "linux", architecture: "amd64" });
    expect(options.isolation).to.equal("auto");
    expect(options.log).to.deep.equal({ level: "info", format: "text", timestamp: false });
  });

  for (const foreign of [{ annotation: ["a=1"] }, { "oci-layout-path": "layout" }]) {
    const [flag = ""] = Object.keys(foreign);
    it(`refuses --${flag} where the image is in Docker's format`, async () => {
      const given = { "no-push": true, "image-format": "docker" };
      const error = await errorOf(() => optionsOf({ ...given, ...foreign }));

      expect(optionsOf({ "no-push": true }).imageFormat).to.equal("oci");
      expect(optionsOf(given).imageFormat).to.equal("docker");
      expect(error.code).to.equal("USAGE_CONFLICT");
      expect(error.message).to.include(`--${flag}`);
    });
  }

  it("takes build arguments from the environment when they have no value", () => {
    const given = { "no-push": true, "build-arg": ["A=1", "HOME", "ABSENT", "E=", "A=2"] };

    const options = optionsOf(given, { HOME: "/root" });

    expect([...options.buildArgs]).to.deep.equal([
      ["A", "2"],
      ["HOME", "/root"],
      ["E", ""],
    ]);
  });

  it("takes the sources of credentials that are named, all where none is", () => {
    const [all, some, none] = [[], ["ecr,gitlab", "env"], ["none"]].map(
      (names) => optionsOf({ "no-push": true, "credential-helpers": names }).credentials.builtIn,
    );

    expect(all).to.equal(undefined);
    expect(some).to.deep.equal(["ecr", "gitlab", "env"]);
    expect(none).to.deep.equal([]);
  });

  for (const [bucket, location] of [
    ["team", "gs://team"],
    ["s3://team/app/", "s3://team/app/"],
  ]) {
    it(`takes kaniko's --bucket=${bucket} for a context`, () => {
      expect(optionsOf({ "no-push": true, bucket }).context).to.include({ location });
    });
  }

  it("reads contexts by name, the last of a name", () => {
    const { namedContexts } = optionsOf({
      "no-push": true,
      "build-context": ["app=first", "docker.io/library/app:latest=other", "x::arm64=dir=a"],
    });

    expect([...namedContexts]).to.deep.equal([
      ["app", { kind: "context", name: "docker.io/library/app:latest", location: "other" }],
      ["x::linux/arm64", { kind: "context", name: "x::arm64", location: "dir=a" }],
    ]);
  });

  it("knows whether a platform was asked for, and how much at the same time", () => {
    const given = { "no-push": true, "custom-platform": "linux/amd64", "max-parallelism": "3" };

    expect(optionsOf(given)).to.include({ isPlatformRequested: true, maxParallelism: 3 });
    expect(optionsOf({ "no-push": true })).to.include({
      isPlatformRequested: false,
      maxParallelism: undefined,
    });
  });

  it("gives destinations a tag and drops repeated ones", () => {
    const { output } = optionsOf({ destination: ["app", "r.example/a:1", "docker.io/app:latest"] });

    expect(output.destinations.map(formatReference)).to.deep.equal([
      "docker.io/library/app:latest",
      "r.example/a:1",
    ]);
    expect(output.push).to.equal(true);
  });

  it("keeps destinations under --no-push, for names in archives", () => {
    const { output } = optionsOf({ "no-push": true, destination: "app", "tar-path": "x.tar" });

    expect(output.push).to.equal(false);
    expect(output.destinations).to.have.lengthOf(1);
  });

  it("joins registry maps and mirrors in their order", () => {
    const { registry } = optionsOf({
      "no-push": true,
      "registry-map": ["docker.io=one.example;quay.io=q.example/proxy", "docker.io=two.example"],
      "registry-mirror": ["three.example"],
      "registry-certificate": ["r.example=/ca.pem"],
      "registry-client-cert": ["r.example=/crt.pem,/key.pem"],
    });

    expect([...registry.maps]).to.deep.equal([
      ["docker.io", ["one.example", "two.example", "three.example"]],
      ["quay.io", ["q.example/proxy"]],
    ]);
    expect(registry.certificates.get("r.example")).to.equal("/ca.pem");
    expect(registry.clientCertificates.get("r.example")).to.deep.equal({
      certificate: "/crt.pem",
      key: "/key.pem",
    });
  });

  it("adds to the usual retries, and leaves the original out where asked", () => {
    const { registry } = optionsOf({
      "no-push": true,
      "push-retry": "2",
      "image-download-retry": "0",
      "skip-default-registry-fallback": true,
      "push-ignore-immutable-tag-errors": true,
    });

    expect(registry).to.deep.include({
      moreRetries: { pull: 0, push: 2 },
      skipsOriginal: true,
      ignoresImmutableTags: true,
    });
  });

  it("finds out whether it may push, unless that is not wanted or there is no push", () => {
    const checks = [{}, { "skip-push-permission-check": true }, { "no-push": true }].map(
      (given) => optionsOf({ destination: "app", ...given }).output.checkPush,
    );

    expect(checks).to.deep.equal([true, false, false]);
  });

  const refused = [
    { given: {}, code: "USAGE_CONFLICT", says: "--destination" },
    {
      given: { "no-push": true, "image-name-with-digest-file": "x" },
      code: "USAGE_CONFLICT",
      says: "--image-name-with-digest-file",
    },
    {
      given: { "no-push": true, "image-name-tag-with-digest-file": "x" },
      code: "USAGE_CONFLICT",
      says: "--image-name-tag-with-digest-file",
    },
    {
      given: { "no-push": true, "digest-file": "https://store.example/put" },
      code: "USAGE_INVALID_VALUE",
      says: "--digest-file",
    },
    { given: { destination: "Not Valid" }, code: "USAGE_INVALID_VALUE", says: "--destination" },
    {
      given: { destination: `app@sha256:${"0".repeat(64)}` },
      code: "USAGE_INVALID_VALUE",
      says: "has a digest",
    },
    { given: { "no-push": true, label: "x" }, code: "USAGE_INVALID_VALUE", says: "--label" },
    { given: { "no-push": true, label: "=x" }, code: "USAGE_INVALID_VALUE", says: "--label" },
    {
      given: { "no-push": true, "build-arg": "=x" },
      code: "USAGE_INVALID_VALUE",
      says: "--build-arg",
    },
    {
      given: { "no-push": true, "registry-map": "x" },
      code: "USAGE_INVALID_VALUE",
      says: "--registry-map",
    },
    {
      given: { "no-push": true, "registry-client-cert": "h=/only-one" },
      code: "USAGE_INVALID_VALUE",
      says: "--registry-client-cert",
    },
    {
      given: { "no-push": true, "custom-platform": "a/b/c/d/e" },
      code: "USAGE_INVALID_VALUE",
      says: "a/b/c/d/e",
    },
    ...["app", "App=dir", "scratch=dir", "app=docker-image://App"].map((context) => ({
      given: { "no-push": true, "build-context": context },
      code: "USAGE_INVALID_VALUE",
      says: "--build-context",
    })),
    ...["0", "-1", "many", "1.5"].map((count) => ({
      given: { "no-push": true, "max-parallelism": count },
      code: "USAGE_INVALID_VALUE",
      says: "--max-parallelism",
    })),
    ...["push-retry", "image-download-retry"].map((flag) => ({
      given: { "no-push": true, [flag]: "-1" },
      code: "USAGE_INVALID_VALUE",
      says: `--${flag}`,
    })),
    ...["ecr,none", "aws"].map((names) => ({
      given: { "no-push": true, "credential-helpers": names },
      code: "USAGE_INVALID_VALUE",
      says: "--credential-helpers",
    })),
    {
      given: { "no-push": true, bucket: "team", context: "." },
      code: "USAGE_CONFLICT",
      says: "--bucket",
    },
    {
      given: { "no-push": true, isolation: "docker" },
      code: "USAGE_INVALID_VALUE",
      says: "--isolation",
    },
  ];
  for (const { given, code, says } of refused) {
    it(`refuses ${JSON.stringify(given)}`, async () => {
      const error = await errorOf(() => optionsOf(given));

      expect(error.code).to.equal(code);
      expect(error.message).to.include(says);
    });
  }

  it("shows colours on terminals only, and not where NO_COLOR is set", () => {
    const terminal = { ...fakeHost([]), terminal: true };

    expect(visibleFormat("color", terminal)).to.equal("color");
    expect(visibleFormat("color", { ...terminal, environment: { NO_COLOR: "1" } })).to.equal(
      "text",
    );
    expect(visibleFormat("color", fakeHost([]))).to.equal("text");
    expect(visibleFormat("json", terminal)).to.equal("json");
  });
});
