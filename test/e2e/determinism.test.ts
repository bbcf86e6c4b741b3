import { readdir, utimes } from "node:fs/promises";
import path from "node:path";
import { expect } from "chai";
import { BuildYard, type ContextFiles } from "../support/build-yard.ts";
import { manifestOf, type StoredManifest } from "../support/registry-queries.ts";

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

const runs = {
  Dockerfile: `
FROM busybox
ARG SOURCE_DATE_EPOCH
RUN mkdir /out && date > /out/when -r /bin && echo "$SOURCE_DATE_EPOCH" > /out/epoch && chmod 700 /tmp
RUN rm /etc/group && ln -s out /link && touch -d @5 /out/old
FROM scratch
COPY --from=0 / /
WORKDIR /work
`,
};

describe("e2e/determinism", function () {
  this.timeout(60_000);
  let yard: BuildYard;

  before(async () => {
    yard = await BuildYard.open();
  });

  after(() => yard[Symbol.asyncDispose]());

  it("gives the same layers for the same input in another place", async () => {
    const into = { ...files, Dockerfile: "FROM busybox\nCOPY . /srv/\nADD manifest.txt /tmp/\n" };

    const first = await pushed(yard, { files: into, repository: "first" });
    const second = await pushed(yard, { files: reversed(into), repository: "second" });

    expect(second.layers).to.deep.equal(first.layers);
  });

  it("gives the same image where SOURCE_DATE_EPOCH says when it is made", async () => {
    const args = ["--build-arg=SOURCE_DATE_EPOCH=1000000000"];

    const first = await pushed(yard, { files, repository: "third", args });
    const second = await pushed(yard, { files: reversed(files), repository: "fourth", args });

    expect(second).to.deep.equal(first);
  });

  it("gives the same image where commands made its files", async () => {
    const args = ["--build-arg=SOURCE_DATE_EPOCH=1000000000"];

    const first = await pushed(yard, { files: runs, repository: "fifth", args });
    const second = await pushed(yard, { files: runs, repository: "sixth", args });

    expect(second).to.deep.equal(first);
  });

  it("gives the same image with --reproducible, and with the epoch that it means", async () => {
    const reproducible = ["--reproducible"];
    const epoch = ["--build-arg=SOURCE_DATE_EPOCH=0"];

    const first = await pushed(yard, { files: runs, repository: "seventh", args: reproducible });
    const second = await pushed(yard, { files: runs, repository: "eighth", args: reproducible });
    const third = await pushed(yard, { files: runs, repository: "ninth", args: epoch });

    expect(second).to.deep.equal(first);
    expect(third).to.deep.equal(first);
  });

  it("takes the epoch from the environment and from the Dockerfile alike", async () => {
    const unasked = { ...files, ".dockerignore": "Dockerfile\n" };
    const asked = { ...unasked, Dockerfile: `ARG SOURCE_DATE_EPOCH=1000000000${files.Dockerfile}` };
    const environment = { SOURCE_DATE_EPOCH: "1000000000" };

    const first = await pushed(yard, { files: asked, repository: "tenth" });
    const second = await pushed(yard, { files: unasked, repository: "eleventh", environment });

    expect(second).to.deep.equal(first);
  });

  for (const compression of ["gzip", "zstd"]) {
    it(`gives the same layers on one core and on several, compressed as ${compression}`, async () => {
      const large = {
        ...files,
        crate: crypto.randomUUID().repeat(10_000) + "x".repeat(20_000_000),
      };
      const args = [`--compression=${compression}`, "--reproducible"];
      const launcher = ["taskset", "--cpu-list", "0"];

      const one = await pushed(yard, { files: large, repository: "one", args, launcher });
      const several = await pushed(yard, { files: large, repository: "several", args });

      expect(several).to.deep.equal(one);
    });
  }
});

interface PushRequest {
  readonly files: ContextFiles;
  readonly repository: string;
  readonly args?: readonly string[];
  readonly environment?: Readonly<Record<string, string>>;
  readonly launcher?: readonly string[];
}

/** Builds and pushes, with all files of the context from the same moment. */
async function pushed(yard: BuildYard, request: PushRequest): Promise<StoredManifest> {
  const context = await yard.context(request.files);
  for (const name of await readdir(context, { recursive: true })) {
    await utimes(path.join(context, name), 1_000_000_000, 1_000_000_000);
  }
  const destination = `--destination=${yard.reference(`${request.repository}:1`)}`;
  const { args = [], environment = {}, launcher = [] } = request;
  const result = await yard.build(context, [destination, ...args], { environment, launcher });
  expect(result.exitCode, result.stderr).to.equal(0);
  return manifestOf(yard.registry.host, request.repository, "1");
}

/** The same files, made in the opposite order. */
function reversed(all: ContextFiles): ContextFiles {
  return Object.fromEntries(Object.entries(all).toReversed());
}
