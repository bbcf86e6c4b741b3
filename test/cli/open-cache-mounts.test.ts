import { join } from "node:path";
import { expect } from "chai";
import type { BuildOptions } from "../../src/cli/build-options.ts";
import { openCacheMounts } from "../../src/cli/open-cache-mounts.ts";
import { Contents } from "../../src/layer/contents.ts";
import { Spool } from "../../src/layer/spool.ts";
import { silentLogger } from "../../src/log/logger.ts";
import { openMemoryRegistry } from "../support/memory-registry.ts";
import { makeTemporaryDirectory, type TemporaryDirectory } from "../support/temporary-directory.ts";
import { treeOf } from "../support/tree.ts";

const { signal } = new AbortController();

describe("cli/open-cache-mounts", () => {
  let place: TemporaryDirectory;

  beforeEach(async () => {
    place = await makeTemporaryDirectory();
  });
  afterEach(() => place[Symbol.asyncDispose]());

  for (const [what, cache, directory] of [
    ["in the work directory", {}, "own"],
    ["in --cache-dir", { directory: "kept" }, "kept/mounts"],
    ["where they are, when they are stored as images", { mounts: "images" }, "own"],
  ] as const) {
    it(`has directories ${what}`, async () => {
      await using contents = new Contents(place.path);
      using spool = await Spool.open(place.path);
      const { directory: kept, mounts } = { directory: undefined, mounts: undefined, ...cache };
      const stored = { place: { layouts: place.join("images") }, maxBytes: 1, isWritten: true };
      const options = {
        cache: {
          directory: kept === undefined ? undefined : place.join(kept),
          mounts: mounts === undefined ? undefined : stored,
        },
      } as unknown as BuildOptions;
      const client = openMemoryRegistry();
      const log = silentLogger;
      const opened = openCacheMounts({ options, client, contents, spool, log, signal });
      await opened.store();

      const request = { key: "k", name: "n", sharing: "shared", seed: treeOf({}).root } as const;
      using lease = await opened
        .open({ directory: place.join("own"), keepsOwners: true })
        .acquire(request, signal);

      expect(lease.path.startsWith(join(place.path, directory, "/"))).to.equal(true);
      await opened.store();
    });
  }
});
