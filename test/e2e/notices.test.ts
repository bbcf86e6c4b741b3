import { expect } from "chai";
import { BuildYard } from "../support/build-yard.ts";

describe("e2e/notices", function () {
  this.timeout(60_000);
  let yard: BuildYard;

  before(async () => {
    yard = await BuildYard.open();
  });

  after(() => yard[Symbol.asyncDispose]());

  for (const [name, dockerfile] of [
    ["without RUN", "FROM busybox\n"],
    ["with RUN", "FROM busybox\nRUN true\n"],
    ["with a RUN that a trigger brings", "FROM busybox AS base\nONBUILD RUN true\nFROM base\n"],
  ] as const) {
    it(`says once of each kaniko flag without meaning that it is ignored, in a build ${name}`, async () => {
      const context = await yard.context({ Dockerfile: dockerfile });

      const result = await yard.build(context, ["--no-push", "--use-new-run", "--cleanup"]);

      expect(result.exitCode, result.stderr).to.equal(0);
      expect(result.stderr.match(/--use-new-run is ignored/g)).to.have.lengthOf(1);
      expect(result.stderr.match(/--cleanup is ignored/g)).to.have.lengthOf(1);
    });
  }
});
