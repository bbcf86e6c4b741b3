import { expect } from "chai";
import { parseDockerfile } from "../../src/dockerfile/parse.ts";
import { DockerfileError } from "../../src/errors/dockerfile-error.ts";
import { planBuild } from "../../src/plan/build-plan.ts";
import { errorFrom } from "../support/error-from.ts";
import { planRequest } from "../support/plan-request.ts";

function plan(text: string): ReturnType<typeof planBuild> {
  return planBuild(parseDockerfile(text, "Dockerfile"), planRequest());
}

describe("plan/stage-sources", () => {
  const circles = [
    { text: "FROM a AS x\nCOPY --from=x / /\n", stage: "x", lines: [2] },
    {
      text: "FROM a AS x\nCOPY --from=y / /\nFROM a AS y\nCOPY --from=x / /\n",
      stage: "x",
      lines: [2, 4],
    },
    {
      text: "FROM a\nCOPY --from=1 / /\nFROM a\nRUN --mount=from=z,target=/z x\nFROM a AS z\nCOPY --from=1 / /\n",
      stage: "stage-0",
      lines: [2, 4, 6],
    },
  ];
  for (const { text, stage, lines } of circles) {
    it(`finds a circle by way of ${stage} at lines ${lines.join(", ")}`, () => {
      const error = errorFrom(() => plan(text));
      const others = error instanceof DockerfileError ? error.others : [];

      expect(error.message).to.equal(`circular dependency detected on stage: ${stage}`);
      expect([error.location, ...others].map((place) => place?.firstLine)).to.deep.equal(lines);
    });
  }

  it("finds none where stages are used twice, on several ways", () => {
    const text =
      "FROM a AS x\nFROM a AS y\nCOPY --from=x / /\nFROM a\nCOPY --from=y / /\nCOPY --from=x / /\n";

    expect(plan(text).reachable).to.deep.equal([0, 1, 2]);
  });

  it("goes through long chains of stages without effort", () => {
    const count = 3000;
    const stages = Array.from({ length: count }, (_, index) =>
      index === 0 ? "FROM a\n" : `FROM a\nCOPY --from=${index - 1} / /\n`,
    );

    expect(plan(stages.join("")).reachable).to.have.lengthOf(count);
  });
});
