import { readFile } from "node:fs/promises";
import { expect } from "chai";
import { BuildYard } from "../support/build-yard.ts";
import { debianImage } from "../support/debian-image.ts";
import { pullWithSkopeo, runWithRunc } from "../support/peers.ts";
import { configOf, digestOf } from "../support/registry-queries.ts";

const program = `
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

int main(int argc, char **argv) {
  char directory[256];
  printf("hello %s from %s in %s\\n", argc > 1 ? argv[1] : "nobody", getenv("SENDER"),
         getcwd(directory, sizeof directory));
  return 0;
}
`;

const dockerfile = `
FROM debian AS compile
RUN apt-get update && apt-get install -y --no-install-recommends gcc libc6-dev
WORKDIR /src
COPY hello.c ./
RUN gcc -Wall -o hello hello.c

FROM debian
COPY --from=compile /src/hello /usr/local/bin/hello
ENV SENDER=slipway
WORKDIR /var/mail
ENTRYPOINT ["hello"]
CMD ["harbour"]
`;

describe("e2e/build-and-run", function () {
  this.timeout(300_000);
  let yard: BuildYard;

  before(async () => {
    yard = await BuildYard.open();
    await yard.offer(await debianImage(), "debian");
  });

  after(() => yard[Symbol.asyncDispose]());

  it("compiles a program with packages from apt and pushes an image that others can run", async () => {
    const context = await yard.context({ Dockerfile: dockerfile, "hello.c": program });
    const digestFile = yard.path("results/digest");

    const result = await yard.build(context, [
      `--destination=${yard.reference("hello:1")}`,
      `--digest-file=${digestFile}`,
    ]);

    expect(result.exitCode, result.stderr).to.equal(0);
    const digest = await readFile(digestFile, "utf8");
    expect(digest).to.equal(await digestOf(yard.registry.host, "hello", "1"));
    await pullWithSkopeo(yard.reference(`hello@${digest}`), yard.path("pulled"));
    expect(await runWithRunc(yard.path("pulled"))).to.equal(
      "hello harbour from slipway in /var/mail\n",
    );
  });

  it("leaves the compiler out of the image that the last stage makes", async () => {
    const { history } = await configOf<{
      history: readonly { created_by: string; empty_layer?: boolean }[];
    }>(yard.registry.host, "hello", "1");

    const layers = history.filter((entry) => entry.empty_layer !== true);
    expect(layers.map((entry) => entry.created_by).join("\n")).not.to.include("gcc");
  });
});
