import { expect } from "chai";
import type { BuildOptions } from "../../src/cli/build-options.ts";
import { openCache } from "../../src/cli/open-cache.ts";
import { parseReference } from "../../src/image/reference.ts";
import { silentLogger } from "../../src/log/logger.ts";
import { openMemoryRegistry } from "../support/memory-registry.ts";

const steps = {
  place: { registry: "r.example", path: "cache" },
  nearby: undefined,
  ttlMs: 1,
  kinds: { run: true, copy: false },
  isWritten: true,
};

const images: BuildOptions["cache"]["images"] = [];

/** What the functions look at. */
function options(
  cached: BuildOptions["cache"]["steps"],
  destination = "r.example/app",
  push = true,
): BuildOptions {
  return {
    cache: { directory: undefined, steps: cached, noCache: [], images },
    output: { destinations: [parseReference(destination)], push },
    imageFormat: "oci",
  } as unknown as BuildOptions;
}

describe("cli/open-cache", () => {
  it("opens what the options ask for", () => {
    const client = openMemoryRegistry();
    const parts = {
      faults: { keys: new Set<never>(), stores: new Set<never>(), brokenReads: 0 },
      log: silentLogger,
      run: { signal: new AbortController().signal },
    };

    expect(openCache(client, { options: options(undefined), ...parts })).to.equal(undefined);
    const opened = [steps, { ...steps, place: { layouts: "/d" } }].map((cached) =>
      openCache(client, { options: options(cached), ...parts }),
    );
    expect(opened.map((ports) => ports?.kinds)).to.deep.equal([steps.kinds, steps.kinds]);
    const named = options(undefined);
    const cache = { ...named.cache, images: [parseReference("r.example/app:1")] };
    const from = openCache(client, { options: { ...named, cache }, ...parts });
    expect(from?.images.areNamed).to.equal(true);
    expect(from?.kinds).to.deep.equal({ run: false, copy: false });
  });
});
