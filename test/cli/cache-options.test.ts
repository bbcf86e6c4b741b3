import { resolve } from "node:path";
import { expect } from "chai";
import { canonicalArguments } from "../../src/cli/arguments.ts";
import type { CacheOptions } from "../../src/cli/build-options.ts";
import { readCache } from "../../src/cli/cache-options.ts";
import { settleFlags } from "../../src/cli/flag-values.ts";
import { cacheFlags } from "../../src/cli/flags/cache-flags.ts";
import { parseReference } from "../../src/image/reference.ts";
import { errorFrom } from "../support/error-from.ts";

const hourMs = 3_600_000;

function read(args: readonly string[], destinations: readonly string[] = []): CacheOptions {
  const given = canonicalArguments(args, cacheFlags).args.map((arg) => {
    const [, name = "", value = ""] = /^--([^=]+)=(.*)$/.exec(arg) ?? [];
    return [name, value] as const;
  });
  const values = settleFlags(cacheFlags, { given: Object.fromEntries(given), environment: {} });
  return readCache(values, destinations.map(parseReference));
}

describe("cli/cache-options", () => {
  it("keeps nothing of steps where nobody asks for it", () => {
    const args = ["--cache-repo=r.example/c", "--cache=false", "--cache-dir=/d"];

    expect(read(args)).to.deep.equal({
      directory: "/d",
      steps: undefined,
      mounts: undefined,
      images: [],
      noCache: [],
    });
  });

  it("has kaniko's defaults, but that layers of COPY are cached too", () => {
    expect(read(["--cache"], ["r.example/app:1", "s.example/app"]).steps).to.deep.equal({
      place: { registry: "r.example", path: "app/cache" },
      nearby: undefined,
      ttlMs: 336 * hourMs,
      kinds: { run: true, copy: true },
      isWritten: true,
    });
  });

  it("does as it is told", () => {
    const args = "--cache=true --cache-repo=r.example/c --cache-ttl=90m --no-push-cache".split(" ");
    args.push("--cache-copy-layers=false", "--cache-run-layers=0");

    expect(read(args, ["s.example/app"]).steps).to.deep.equal({
      place: { registry: "r.example", path: "c" },
      nearby: undefined,
      ttlMs: 1.5 * hourMs,
      kinds: { run: false, copy: false },
      isWritten: false,
    });
  });

  for (const [what, args, layouts] of [
    ["that is named", ["--cache-repo=oci:cache", "--cache-dir=/d"], "cache"],
    ["below that of base images, where there is no other place", ["--cache-dir=/d"], "/d/steps"],
  ] as const) {
    it(`keeps layers in a directory ${what}`, () => {
      expect(read(["--cache", ...args]).steps).to.deep.include({
        place: { layouts: resolve(layouts) },
        nearby: undefined,
      });
    });
  }

  it("keeps layers in the directory of base images too, where their place is a repository", () => {
    for (const args of [["--cache-repo=r.example/app/cache"], []]) {
      expect(
        read(["--cache", "--cache-dir=/d", ...args], ["r.example/app:1"]).steps,
      ).to.deep.include({
        place: { registry: "r.example", path: "app/cache" },
        nearby: "/d/steps",
      });
    }
  });

  it("stores cache mounts where it is told to, also without --cache", () => {
    const named = read(["--cache-mounts=r.example/m"]);
    const layouts = ["--cache-mounts=oci:d", "--cache-mounts-max-bytes=1", "--no-push-cache"];

    expect(named.steps).to.equal(undefined);
    expect(named.mounts).to.deep.equal({
      place: { registry: "r.example", path: "m" },
      maxBytes: 2 * 1024 ** 3,
      isWritten: true,
    });
    expect(read(layouts).mounts).to.deep.equal({
      place: { layouts: resolve("d") },
      maxBytes: 1,
      isWritten: false,
    });
  });

  it("takes layers of images, also where nothing is kept", () => {
    const { images, steps } = read(["--cache-from=r.example/a:1, r.example/b,"]);

    expect(images).to.deep.equal(["r.example/a:1", "r.example/b"].map(parseReference));
    expect(steps).to.equal(undefined);
  });

  for (const [text, noCache] of [
    ["--no-cache", "all"],
    ["--no-cache=true", "all"],
    ["--no-cache=false", []],
    ["--no-cache=Build, 2", ["build", "2"]],
  ] as const) {
    it(`reads ${text}`, () => {
      expect(read([text]).noCache).to.deep.equal(noCache);
    });
  }

  for (const [args, code] of [
    [["--cache"], "USAGE_CONFLICT"],
    [["--cache", "--cache-repo=r.example/c:tag"], "USAGE_INVALID_VALUE"],
    [["--cache", "--cache-repo=r.example/C"], "USAGE_INVALID_VALUE"],
    [["--cache-mounts=r.example/m:tag"], "USAGE_INVALID_VALUE"],
    [["--cache-mounts=r.example/m", "--cache-mounts-max-bytes=2G"], "USAGE_INVALID_VALUE"],
    [["--cache-from=type=registry,ref=r.example/c"], "USAGE_INVALID_VALUE"],
    [["--cache", "--cache-dir=/d", "--cache-ttl=soon"], "USAGE_INVALID_VALUE"],
  ] as const) {
    it(`refuses ${args.join(" ")}`, () => {
      expect(errorFrom(() => read(args)).code).to.equal(code);
    });
  }
});
