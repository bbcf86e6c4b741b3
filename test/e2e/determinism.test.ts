import { readdir, utimes } from "node:fs/promises";
import path from "node:path";
import { expect } from "chai";
import { BuildYard } from "../support/build-yard.ts";
import { manifestOf } from "../support/registry-queries.ts";

const files = {
  Dockerfile: `
FROM busybox AS hold
COPY . /hold/
FROM busybox
COPY --from=hold --chown=1000:1000 /hold /srv/hold
ADD --chmod=600 manifest.txt /srv/
`,
  "manifest.txt": "two crates\n",
  "crates/b": "bolts\n",
  "crates/a": "anchors\n",
  "crates/ä": "äpfel\n",
};

describe("e2e/determinism", function () {
  this.timeout(60_000);
  let yard: BuildYard;

  before(async () => {
    yard = await BuildYard.open();
  });

  after(() => yard[Symbol.asyncDispose]());

  it("gives the same layers for the same input in another place", async () => {
    const reversed = Object.fromEntries(Object.entries(files).toReversed());

    const first = await layersOf(yard, await yard.context(files), "first");
    const second = await layersOf(yard, await yard.context(reversed), "second");

    expect(second).to.deep.equal(first);
  });
});

async function layersOf(
  yard: BuildYard,
  context: string,
  repository: string,
): Promise<readonly string[]> {
  for (const name of await readdir(context, { recursive: true })) {
    await utimes(path.join(context, name), 1_000_000_000, 1_000_000_000);
  }
  const result = await yard.build(context, [`--destination=${yard.reference(`${repository}:1`)}`]);
  expect(result.exitCode, result.stderr).to.equal(0);
  const { layers } = await manifestOf(yard.registry.host, repository, "1");
  return layers.map(({ digest }) => digest);
}
