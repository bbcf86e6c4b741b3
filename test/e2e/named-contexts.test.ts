import { execFileSync } from "node:child_process";
import { readFile } from "node:fs/promises";
import { expect } from "chai";
import { bucketClouds, startBucketCloud } from "../support/bucket-clouds.ts";
import { BuildYard } from "../support/build-yard.ts";
import { startWebServer } from "../support/web-server.ts";

const names = ["directory", "archive", "web", "repository", "amazon", "google", "azure"];
const dockerfile = `FROM busybox AS made
RUN echo from the stage > /file

FROM busybox
COPY --from=directory file /directory
COPY --from=archive file /archive
COPY --from=web context /web
COPY --from=repository file /repository
COPY --from=amazon file /amazon
COPY --from=google file /google
COPY --from=azure context /azure
COPY --from=layout /bin/busybox /layout
COPY --from=image /bin/busybox /image
COPY --from=made file /stage
COPY --from=stage file /replaced
RUN cd / && grep -l "from the context" ${names.join(" ")} replaced \\
 && cmp layout /bin/busybox && cmp image /bin/busybox && grep "from the stage" stage
`;

describe("e2e/named-contexts", function () {
  this.timeout(60_000);
  let yard: BuildYard;

  before(async () => {
    yard = await BuildYard.open();
  });

  after(() => yard[Symbol.asyncDispose]());

  it("takes contexts of every kind by their names", async () => {
    const text = "from the context\n";
    const source = await yard.context({ file: text });
    const archive = yard.path("archive.tgz");
    execFileSync("tar", ["-czf", archive, "-C", source, "."]);
    const git = ["-C", source, "-c", "user.name=t", "-c", "user.email=t@t.test"];
    execFileSync("git", [...git, "init", "--quiet", "--initial-branch=main"]);
    execFileSync("git", [...git, "add", "."]);
    execFileSync("git", [...git, "commit", "--quiet", "--message=all"]);
    await using web = await startWebServer((_request, response) => void response.end(text));
    const objects = { "app/file": text, file: text, "archive.tgz": await readFile(archive) };
    const servers = await Promise.all(
      bucketClouds.map((cloud) => startBucketCloud(cloud, objects)),
    );
    const environments = bucketClouds.map((cloud, at) => {
      const server = servers[at];
      return server === undefined ? {} : cloud.environmentOf(server);
    });
    const contexts = {
      directory: source,
      archive: `tar://${archive}`,
      web: `http://${web.host}/page`,
      repository: `file://${source}#main`,
      amazon: "s3://team/archive.tgz",
      google: "gs://team/app/",
      azure: "https://accountoftest.blob.core.windows.net/team/file",
      layout: `oci-layout://${yard.path("busybox")}`,
      image: "docker-image://busybox",
      stage: `dir://${source}`,
    };

    const { exitCode, stderr } = await yard.build(
      await yard.context({ Dockerfile: dockerfile }),
      [
        "--no-push",
        ...Object.entries(contexts).map(([name, value]) => `--build-context=${name}=${value}`),
      ],
      { environment: Object.assign({}, ...environments) as Record<string, string> },
    );
    for (const server of servers) await server[Symbol.asyncDispose]();

    expect(exitCode, stderr).to.equal(0);
    expect(await yard.leftovers()).to.deep.equal([]);
  });

  it("names the context that is not there", async () => {
    const context = await yard.context({ Dockerfile: "FROM scratch\nCOPY --from=x a /\n" });

    const { exitCode, stderr } = await yard.build(context, [
      "--no-push",
      "--build-context=x=tar:///nowhere/a.tar",
    ]);

    expect(exitCode).not.to.equal(0);
    expect(stderr).to.include("CONTEXT_NOT_FOUND").and.include("/nowhere/a.tar");
  });
});
