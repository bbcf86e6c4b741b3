import { expect } from "chai";
import type { CachePorts } from "../../src/build/ports.ts";
import type { BuildOptions } from "../../src/cli/build-options.ts";
import { goingOut } from "../../src/cli/going-out.ts";
import { parseReference } from "../../src/image/reference.ts";
import type { FinishedImage, ImageLayer } from "../../src/output/output.ts";

const steps = {
  place: { registry: "r.example", path: "cache" },
  nearby: undefined,
  ttlMs: 1,
  kinds: { run: true, copy: false },
  isWritten: true,
};

/** What the functions look at. */
function options(
  cached: BuildOptions["cache"]["steps"],
  destination = "r.example/app",
  push = true,
): BuildOptions {
  return {
    cache: { directory: undefined, steps: cached, noCache: [] },
    output: { destinations: [parseReference(destination)], push },
  } as unknown as BuildOptions;
}

/** Sends a layer and publishes, and says what happened in which order. */
async function events(of: BuildOptions): Promise<string[]> {
  const said: string[] = [];
  const stored = Promise.withResolvers<void>();
  const finish = async (): Promise<void> => {
    stored.resolve();
    await stored.promise;
    said.push("stored");
  };
  const cache = { layers: { finish }, kinds: steps.kinds } as unknown as CachePorts;
  const outputs = {
    startLayer: ({ origin }: ImageLayer) => void said.push(`layer from ${origin?.path ?? "here"}`),
    publish: () => Promise.resolve(void said.push("published")),
  };
  const { startLayer, publish } = goingOut(outputs, { cache, options: of });
  startLayer({} as ImageLayer, stored.promise);
  await publish({} as FinishedImage);
  return said;
}

describe("cli/going-out", () => {
  it("sends layers by way of the cache where that is written to in the same registry", async () => {
    expect(await events(options(steps))).to.deep.equal(["layer from cache", "stored", "published"]);
  });

  it("sends layers at once where the cache is elsewhere, or nothing is written to it", async () => {
    for (const other of [
      options(undefined),
      options({ ...steps, isWritten: false }),
      options({ ...steps, place: { layouts: "/d" } }),
      options(steps, "s.example/app"),
      options(steps, "r.example/app", false),
    ]) {
      expect(await events(other)).to.deep.equal(["layer from here", "published"]);
    }
  });
});
