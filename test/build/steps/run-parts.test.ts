import { expect } from "chai";
import { startStep } from "../../../src/build/steps/start-step.ts";
import { StepYard } from "../../support/step-yard.ts";

describe("build/steps/run-parts", () => {
  let yard: StepYard;

  before(async () => {
    yard = await StepYard.open();
  });

  after(() => yard[Symbol.asyncDispose]());

  for (const [text, isTold] of [
    ["RUN make all", true],
    ['RUN ["make", "all"]', true],
    ["RUN --mount=type=cache,target=/c make", true],
    ["RUN --mount=type=secret,id=s --mount=type=tmpfs,target=/t make", true],
    ['RUN ["make", "all of it"]', false],
    ['RUN ["make", ""]', false],
    ["RUN <<E\nmake\nE", false],
    ["RUN --mount=target=/m make", false],
    ["RUN --mount=type=cache,target=/c,from=base make", false],
    ["RUN --network=none make", false],
    ["RUN --security=insecure make", false],
    ["RUN --device=a/b=c make", false],
  ] as const) {
    it(`knows whether the history says all of ${JSON.stringify(text)}`, () => {
      const { instruction, scope } = yard.prepare(text);

      expect(startStep(instruction, scope)?.isToldByHistory()).to.equal(isTold);
    });
  }
});
