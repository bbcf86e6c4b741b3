import { readdirSync, readFileSync } from "node:fs";
import { expect } from "chai";
import { parseDockerfile } from "../../src/dockerfile/parse.ts";
import { planBuild } from "../../src/plan/build-plan.ts";
import { explainPlan, type PlanExplanation } from "../../src/plan/explain.ts";
import { formatPlan } from "../../src/plan/explain-text.ts";
import { imageConfig, knownImages, planRequest } from "../support/plan-request.ts";

const golden = "test/plan/golden";

/** Images that some of the cases are given; a case of the name `*-resolved` knows them. */
const images = knownImages({
  alpine: imageConfig(),
  "example.com/triggers": imageConfig({
    OnBuild: ["COPY . /src", "RUN make", "COPY --from=tools /t /t"],
  }),
});

function explain(text: string, name: string): Promise<PlanExplanation> {
  const target = name.startsWith("target-") ? "app" : undefined;
  const plan = planBuild(parseDockerfile(text, "Dockerfile"), planRequest({ target }));
  return explainPlan(plan, (image, platform) =>
    name.endsWith("-resolved") ? images(image, platform) : Promise.resolve(undefined),
  );
}

describe("plan/explain", () => {
  for (const name of readdirSync(golden)) {
    it(`explains ${name}`, async () => {
      const read = (file: string): string => readFileSync(`${golden}/${name}/${file}`, "utf8");
      const explained = await explain(read("Dockerfile"), name);

      expect(formatPlan(explained)).to.equal(read("plan.txt"));
      expect(JSON.parse(JSON.stringify(explained))).to.deep.equal(JSON.parse(read("plan.json")));
    });
  }
});
