import { expect } from "chai";
import { parseDockerfile } from "../../src/dockerfile/parse.ts";
import type { PlanRequest } from "../../src/plan/build-plan.ts";
import { listTargets, type Outline, outlineTarget } from "../../src/plan/outline.ts";
import { formatOutline } from "../../src/plan/outline-text.ts";
import { imageConfig, knownImages, planRequest } from "../support/plan-request.ts";

const images = knownImages({
  alpine: imageConfig({ Env: ["BASE=1"] }),
  triggered: imageConfig({ OnBuild: ["ARG FROM_BASE=$BASE", "RUN --mount=type=ssh x"] }),
});

function outline(text: string, changes: Partial<PlanRequest> = {}): Promise<Outline> {
  return outlineTarget(parseDockerfile(text, "Dockerfile"), planRequest(changes), images);
}

/** Arguments as `NAME=value:line`. */
async function argumentsOf(
  text: string,
  buildArgs: Readonly<Record<string, string>> = {},
): Promise<string[]> {
  const { args } = await outline(text, { buildArgs: new Map(Object.entries(buildArgs)) });
  return args.map(({ name, value, location }) => `${name}=${value}:${location.firstLine}`);
}

describe("plan/outline", () => {
  const cases: { text: string; args?: Record<string, string>; found: string[] }[] = [
    { text: "ARG A=1\nARG B=2\nFROM alp${A:+ine}\n", found: ["A=1:1"] },
    { text: "ARG A=1\nARG B=2\nFROM alpine\nARG B\n", found: ["B=2:2"] },
    { text: "ARG A=1\nFROM alpine\nARG A\n", args: { A: "9" }, found: ["A=9:3"] },
    { text: "ARG A=1\nARG B=$A\nFROM alpine\nARG B\n", found: ["A=1:1", "B=1:2"] },
    { text: "ARG A=1\nARG B=$A\nARG A=$B\nFROM alpine\nARG A\n", found: ["B=1:2", "A=1:3"] },
    { text: "FROM alpine\nARG A=$BASE\nARG B=$A\n", found: ["A=1:2", "B=1:3"] },
    { text: "FROM alpine AS a\nARG A\nFROM alpine AS b\nARG B\nFROM a\n", found: ["A=:2"] },
    {
      text: "FROM alpine AS a\nARG A=1\nFROM alpine\nARG A=2\nCOPY --from=a / /\n",
      found: ["A=2:4"],
    },
    { text: "FROM alpine\nARG TARGETARCH HTTP_PROXY\n", found: ["HTTP_PROXY=:2"] },
    { text: "FROM triggered\nARG A\n", found: ["FROM_BASE=:1", "A=:2"] },
  ];
  for (const { text, args = {}, found } of cases) {
    it(`finds ${found.join(", ")} in ${JSON.stringify(text)}`, async () => {
      expect(await argumentsOf(text, args)).to.deep.equal(found);
    });
  }

  it("finds secrets and agents, of the target first, and by their first use", async () => {
    const { secrets, ssh } = await outline(
      "FROM alpine AS a\nRUN --mount=type=secret,id=x x\nFROM alpine\n" +
        "RUN --mount=type=secret,id=x,required --mount=type=secret,target=/run/y x\n" +
        "RUN --mount=type=secret,id=y,required --mount=type=ssh,id=k,required --mount=type=ssh x\n" +
        "COPY --from=a / /\n",
    );

    expect(secrets.map(({ name, required }) => [name, required])).to.deep.equal([
      ["x", true],
      ["y", false],
    ]);
    expect(ssh.map(({ name, required }) => [name, required])).to.deep.equal([
      ["default", false],
      ["k", true],
    ]);
  });

  it("counts what triggers of the base take", async () => {
    const { ssh } = await outline("FROM triggered\n");

    expect(ssh).to.have.lengthOf(1);
  });

  it("lists targets as they are written", () => {
    const targets = listTargets(
      parseDockerfile("# a first\nFROM --platform=$P x:$Y AS A\n# other\nFROM a\n", "Dockerfile"),
    );

    expect(targets.map(({ location: _location, ...rest }) => rest)).to.deep.equal([
      { name: "a", description: "first", default: false, base: "x:$Y", platform: "$P" },
      { name: "", description: "", default: true, base: "a", platform: "" },
    ]);
  });

  it("is shown in columns, without what there is none of", async () => {
    const text =
      "# app the server\nFROM alpine AS app\n# PORT to listen on\nARG PORT=80\nARG LONGER\n" +
      "RUN --mount=type=secret,id=token,required x\n";
    const dockerfile = parseDockerfile(text, "Dockerfile");

    expect(formatOutline({ ...(await outline(text)), targets: listTargets(dockerfile) })).to.equal(
      [
        "target app: the server",
        "",
        "arguments:",
        "  PORT=80  Dockerfile:4  to listen on",
        "  LONGER=  Dockerfile:5",
        "",
        "secrets:",
        "  token  Dockerfile:6  required",
        "",
        "targets:",
        "  app  Dockerfile:2  from alpine  (default)  the server",
        "",
      ].join("\n"),
    );
  });
});
