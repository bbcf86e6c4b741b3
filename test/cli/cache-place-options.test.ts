import { resolve } from "node:path";
import { expect } from "chai";
import { readCacheListOptions, readCachePruneOptions } from "../../src/cli/cache-place-options.ts";
import { cacheListFlags, cachePruneFlags } from "../../src/cli/flags/cache-place-flags.ts";
import { settleInPipeline } from "../../src/cli/settle-in-pipeline.ts";
import { errorFrom } from "../support/error-from.ts";
import { fakeHost } from "../support/fake-host.ts";

type Given = Readonly<Record<string, string>>;

function readList(given: Given): ReturnType<typeof readCacheListOptions> {
  const host = fakeHost([]);
  return readCacheListOptions(settleInPipeline(cacheListFlags, given, host), host);
}

function readPrune(given: Given): ReturnType<typeof readCachePruneOptions> {
  const host = fakeHost([]);
  return readCachePruneOptions(settleInPipeline(cachePruneFlags, given, host), host);
}

describe("cli/cache-place-options", () => {
  it("finds the places that builds with the same flags use", () => {
    expect(readList({ "cache-repo": "r.example/c" }).places).to.deep.equal({
      repositories: [{ registry: "r.example", path: "c" }],
      layouts: [],
      directory: undefined,
    });
    expect(readList({ "cache-repo": "oci:c", "cache-dir": "/d" }).places).to.deep.equal({
      repositories: [],
      layouts: [resolve("c"), "/d/steps"],
      directory: "/d",
    });
    const mounts = { "cache-repo": "r.example/c", "cache-mounts": "r.example/m" };
    expect(readList(mounts).places.repositories).to.deep.equal([
      { registry: "r.example", path: "c" },
      { registry: "r.example", path: "m" },
    ]);
    const both = readList({ ...mounts, "cache-mounts": "r.example/c" });
    expect(both.places.repositories).to.have.lengthOf(1);
    const same = readList({ "cache-repo": "oci:/d/steps", "cache-dir": "/d" });
    expect(same.places.layouts).to.deep.equal(["/d/steps"]);
  });

  for (const [given, rules] of [
    [{ "older-than": "14d" }, { olderThanMs: 14 * 86_400_000, maxBytes: undefined }],
    [{ "older-than": "1d12h" }, { olderThanMs: 1.5 * 86_400_000, maxBytes: undefined }],
    [{ "max-size": "10GiB" }, { olderThanMs: undefined, maxBytes: 10 * 1024 ** 3 }],
    [
      { "older-than": "0", "max-size": "0" },
      { olderThanMs: 0, maxBytes: 0 },
    ],
  ] as const) {
    it(`reads ${JSON.stringify(given)}`, () => {
      const options = readPrune({ "cache-dir": "/d", ...given });

      expect(options.rules).to.deep.equal(rules);
      expect(options).to.include({ dryRun: false, format: "text" });
    });
  }

  for (const [given, code] of [
    [{ "max-size": "1g" }, "USAGE_CONFLICT"],
    [{ "cache-dir": "/d" }, "USAGE_CONFLICT"],
    [{ "cache-dir": "/d", "older-than": "soon" }, "USAGE_INVALID_VALUE"],
    [{ "cache-dir": "/d", "older-than": "-1h" }, "USAGE_INVALID_VALUE"],
    [{ "cache-dir": "/d", "older-than": "1h2d" }, "USAGE_INVALID_VALUE"],
    [{ "cache-dir": "/d", "max-size": "much" }, "USAGE_INVALID_VALUE"],
    [{ "cache-repo": "r.example/c:t", "max-size": "1g" }, "USAGE_INVALID_VALUE"],
  ] as const) {
    it(`refuses ${JSON.stringify(given)}`, () => {
      expect(errorFrom(() => readPrune(given)).code).to.equal(code);
    });
  }
});
