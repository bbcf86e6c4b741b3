import { expect } from "chai";
import { Progress } from "../../src/build/progress.ts";

describe("build/progress", () => {
  it("counts the steps, those that triggers add, and bringing the image away", () => {
    const told: string[] = [];
    const progress = new Progress(2, (done, total) => told.push(`${done}/${total}`));

    progress.stepDone();
    progress.expect(1);
    for (let step = 0; step < 3; step += 1) progress.stepDone();

    expect(told).to.deep.equal(["0/3", "1/3", "2/4", "3/4", "4/4"]);
  });
});
