import { expect } from "chai";
import { parseDockerfile } from "../../src/dockerfile/parse.ts";
import { type StageUnits, unitsOfStages } from "../../src/fanout/stage-units.ts";
import { formatReference, parseReference } from "../../src/image/reference.ts";
import { planBuild } from "../../src/plan/build-plan.ts";
import { planRequest } from "../support/plan-request.ts";

const text = [
  "FROM x AS base",
  "RUN a",
  "FROM base AS left",
  "RUN a",
  "FROM --platform=linux/arm64 x AS right",
  "RUN a",
  "FROM base AS middle",
  "COPY --from=right /a /a",
  "FROM base AS both",
  "RUN --mount=from=left a",
  "FROM middle AS app",
  "COPY --from=both /a /b",
].join("\n");

interface Changes {
  readonly runId?: string;
  readonly destinations?: readonly string[];
  readonly target?: string;
  readonly buildArgs?: ReadonlyMap<string, string>;
  readonly text?: string;
}

function unitsOf(changes: Changes = {}): Promise<StageUnits> {
  const { runId = "run", destinations = ["r.example/app:1", "s.example/app:1"], target } = changes;
  const { buildArgs = new Map<string, string>() } = changes;
  const source = Buffer.from(changes.text ?? text);
  const plan = planBuild(parseDockerfile(source, "Dockerfile"), planRequest({ target, buildArgs }));
  return unitsOfStages({
    plan,
    source,
    buildArgs,
    destinations: destinations.map(parseReference),
    runId,
  });
}

async function tagOf(changes?: Changes): Promise<string | undefined> {
  const { units } = await unitsOf(changes);
  return units.find(({ id }) => id === "stage:left")?.destinations[0]?.tag;
}

describe("fanout/stage-units", () => {
  it("has a unit for each stage that can be built by itself, and at last the target", async () => {
    const { units, kept } = await unitsOf();

    expect(units.map(({ id, kind, needs }) => [id, kind, ...needs])).to.deep.equal([
      ["stage:left", "stage"],
      ["stage:right", "stage"],
      ["stage:both", "stage", "stage:left"],
      ["target", "build", "stage:right", "stage:both"],
    ]);
    expect(kept.map(({ label }) => label)).to.deep.equal(["base", "middle"]);
  });

  it("hands stages over in the first destination's repository", async () => {
    const { units } = await unitsOf();
    const [left, right, both, target] = units;

    const image = left?.destinations[0];
    expect(left?.target).to.equal("left");
    expect(formatReference(image ?? parseReference("none"))).to.match(
      /^r\.example\/app:stage-left-[0-9a-f]{16}$/,
    );
    expect([...(both?.contexts ?? [])]).to.deep.equal([["left", image]]);
    expect([...(target?.contexts.keys() ?? [])]).to.deep.equal(["right", "both"]);
    expect(target?.target).to.equal(undefined);
    expect(target?.destinations.map(formatReference)).to.deep.equal([
      "r.example/app:1",
      "s.example/app:1",
    ]);
    expect([left?.platform, right?.platform]).to.deep.equal(["linux/amd64", "linux/arm64"]);
  });

  it("has one unit where nothing can be taken apart", async () => {
    const { units } = await unitsOf({ text: "FROM x\nRUN a\n" });

    expect(units.map(({ id, name }) => [id, name])).to.deep.equal([["target", "stage-0"]]);
  });

  it("plans for the target that is meant", async () => {
    const { units } = await unitsOf({ target: "both" });

    expect(units.map(({ id }) => id)).to.deep.equal(["stage:left", "target"]);
  });

  it("calls a stage the same in all pods of a run, and otherwise in any other build", async () => {
    const tags = await Promise.all([
      tagOf(),
      tagOf({ runId: "other" }),
      tagOf({ destinations: ["r.example/app:2"] }),
      tagOf({ target: "both" }),
      tagOf({ buildArgs: new Map([["A", "1"]]) }),
      tagOf({ text: `${text}\n# changed` }),
    ]);

    expect(await tagOf()).to.equal(tags[0]);
    expect(new Set(tags).size).to.equal(tags.length);
  });

  it("has tags that fit", async () => {
    const name = `a${"b".repeat(150)}`;
    const long = `FROM x AS ${name}\nRUN a\nFROM x\nCOPY --from=${name} / /\n`;
    const { units } = await unitsOf({ text: long });

    expect(units[0]?.destinations[0]?.tag?.length).to.be.lessThan(129);
  });
});
