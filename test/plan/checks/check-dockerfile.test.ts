import { expect } from "chai";
import type { RegistryError } from "../../../src/errors/registry-error.ts";
import { type CheckRequest, checkDockerfile } from "../../../src/plan/checks/check-dockerfile.ts";
import { errorOf } from "../../support/error-of.ts";
import { imageConfig, knownImages, planRequest } from "../../support/plan-request.ts";

const images = knownImages({
  alpine: imageConfig(),
  shelled: imageConfig({ Env: ["HOME=/root"], Shell: ["/bin/bash", "-c"], WorkingDir: "/w" }),
  triggered: imageConfig({ OnBuild: ["ENV API_KEY=1", "COPY --from=tools $X /"] }),
  arm: imageConfig({}, "linux/arm64"),
});

function knowNothing(): Promise<undefined> {
  return Promise.resolve(undefined);
}

function request(dockerfile: string, changes: Partial<CheckRequest>): CheckRequest {
  return {
    ...planRequest(),
    source: Buffer.from(dockerfile),
    file: "Dockerfile",
    allStages: true,
    ignore: [],
    resolve: images,
    ...changes,
  };
}

/** Warnings as `line rule`, and the error as its message. */
async function check(dockerfile: string, changes: Partial<CheckRequest> = {}): Promise<string[]> {
  const { warnings, error } = await checkDockerfile(request(dockerfile, changes));
  return [
    ...warnings.map(({ rule, location }) => `${location.firstLine} ${rule}`),
    ...(error === undefined ? [] : [error.message]),
  ];
}

describe("plan/checks/check-dockerfile", () => {
  const cases: { name: string; file: string; found: string[] }[] = [
    {
      name: "the first relative WORKDIR of a line of stages",
      file: "FROM shelled AS a\nWORKDIR a\nWORKDIR b\nFROM a\nWORKDIR c\nFROM alpine\nWORKDIR d\n",
      found: ["2 WorkdirRelativePath", "7 WorkdirRelativePath"],
    },
    {
      name: "shell commands only where no SHELL was chosen",
      file: 'FROM alpine AS a\nCMD x\nSHELL ["sh"]\nFROM a\nCMD x\nFROM shelled\nENTRYPOINT x\n',
      found: ["2 JSONArgsRecommended"],
    },
    {
      name: "variables that neither the base nor the stage sets",
      file: "FROM shelled\nARG A\nENV B=$HOME$A$C\nCOPY ${B}${D:-d} /\nUSER $E\n",
      found: ["3 UndefinedVar", "4 UndefinedVar", "5 UndefinedVar"],
    },
    {
      name: "variables in mounts and inline files",
      file: "FROM alpine\nRUN --mount=type=cache,target=$A x $Y\nCOPY <<E /\n$B\nE\n",
      found: ["2 UndefinedVar", "3 UndefinedVar"],
    },
    {
      name: "a variable that is missing where it must not be, and the error",
      file: "FROM alpine\nUSER ${A:?is needed}\n",
      found: ["2 UndefinedVar", 'failed to process "${A:?is needed}": A: is needed'],
    },
    {
      name: "what triggers of the base do, on the line of the FROM",
      file: "FROM alpine AS tools\nCMD x\nFROM triggered\n",
      found: ["2 JSONArgsRecommended", "3 SecretsUsedInArgOrEnv", "3 UndefinedVar"],
    },
    {
      name: "what triggers of a stage do to the next",
      file: "FROM alpine AS a\nONBUILD WORKDIR x\nFROM a\n",
      found: ["3 WorkdirRelativePath"],
    },
    {
      name: "a volume that comes to nothing",
      file: "FROM alpine\nARG X\nVOLUME $X\n",
      found: ["VOLUME specified can not be an empty string"],
    },
    {
      name: "images for another platform, also those that files come from",
      file: "FROM arm\nCOPY --from=arm /a /b\nRUN --mount=from=arm,target=/m x\n",
      found: [
        "1 InvalidBaseImagePlatform",
        "2 InvalidBaseImagePlatform",
        "3 InvalidBaseImagePlatform",
      ],
    },
    {
      name: "an image that does not exist, and what was probably meant",
      file: "FROM alpin\nCMD x\n",
      found: [
        "alpin: failed to resolve source metadata for docker.io/library/alpin:latest: alpin: not found (did you mean alpine?)",
      ],
    },
    {
      name: "the second of two commands, each stage for itself",
      file: 'FROM alpine AS a\nCMD ["a"]\nFROM a\nCMD ["b"]\nHEALTHCHECK NONE\nHEALTHCHECK NONE\n',
      found: ["5 MultipleInstructionsDisallowed"],
    },
  ];
  for (const { name, file, found } of cases) {
    it(`finds ${name}`, async () => {
      expect(await check(file)).to.deep.equal(found);
    });
  }

  const errors = [
    { line: "STOPSIGNAL NOPE", message: "invalid signal: NOPE" },
    { line: "EXPOSE 99999", message: "invalid containerPort: 99999" },
    { line: "COPY https://a.example/f /", message: "source can't be a URL for COPY" },
    { line: "COPY git@a.example:b.git /", message: "source can't be a git ref for COPY" },
    { line: "ADD --checksum=sha256:0 a /", message: "checksum requires HTTP(S) or Git sources" },
    { line: "COPY --from=9 a /", message: "invalid stage index 9" },
    { line: "RUN --mount=type=x y", message: 'unsupported mount type "x"' },
  ];
  for (const { line, message } of errors) {
    it(`refuses ${line}, and checks nothing after it`, async () => {
      const { warnings, error } = await checkDockerfile(
        request(`FROM alpine\n${line}\nCMD x\n`, {}),
      );

      expect(error?.message).to.equal(message);
      expect(error?.location).to.include({ firstLine: 2, lastLine: 2 });
      expect(warnings).to.deep.equal([]);
    });
  }

  it("says which stage comes too late, after what comes before", async () => {
    expect(await check("FROM alpine\nCMD x\nCOPY --from=b a /\nFROM alpine AS b\n")).to.deep.equal([
      "2 JSONArgsRecommended",
      'cannot copy from stage "b", it needs to be defined before current stage "stage-0"',
    ]);
  });

  it("says the same of mounts in their words", async () => {
    const run = "RUN --mount=type=bind,from=b,target=/m x";
    expect(await check(`FROM alpine\n${run}\nFROM alpine AS b\n`)).to.deep.equal([
      'cannot mount from stage "b" to "/m", stage needs to be defined before current command',
    ]);
  });

  it("leaves stages alone that the target does not need, unless all are asked for", async () => {
    const file = "FROM nowhere AS a\nCMD x\nFROM alpine AS b\nCMD y\n";

    expect(await check(file, { target: "b", allStages: false })).to.deep.equal([
      "4 JSONArgsRecommended",
    ]);
    expect(await check(file)).to.have.lengthOf(1);
  });

  it("says nothing of variables and shells where a base is not known", async () => {
    expect(
      await check("FROM alpine\nCMD $X\nUSER $Y\nWORKDIR z\n", { resolve: knowNothing }),
    ).to.deep.equal(["4 WorkdirRelativePath"]);
  });

  it("asks for an image once per platform", async () => {
    const asked: string[] = [];
    const resolve: CheckRequest["resolve"] = (image, platform) => {
      asked.push(`${image.name} ${platform.architecture}`);
      return images(image, platform);
    };
    await check("FROM alpine\nFROM alpine\nFROM --platform=$P alpine\nCOPY --from=alpine a b\n", {
      resolve,
    });
    await check("ARG P=linux/arm64\nFROM alpine\nFROM --platform=$P alpine\nFROM alpine\n", {
      resolve,
    });

    expect(asked).to.deep.equal(["alpine amd64", "alpine arm64"]);
  });

  it("makes an error of warnings where the file says so", async () => {
    const file = "# check=error=true;skip=FromAsCasing\nFROM scratch as Up\nMAINTAINER me\n";

    expect((await check(file)).at(-1)).to.equal(
      "lint violation found for rules: MaintainerDeprecated, StageNameCasing",
    );
  });

  it("refuses an empty file before anything else", async () => {
    expect(await check("")).to.deep.equal(["the Dockerfile cannot be empty"]);
  });

  it("refuses a build argument for the checks that is malformed", async () => {
    const buildArgs = new Map([["BUILDKIT_DOCKERFILE_CHECK", "x"]]);
    const error = await errorOf(checkDockerfile(request("FROM scratch\n", { buildArgs })));

    expect(error.code).to.equal("USAGE_INVALID_VALUE");
  });

  it("passes on why an image cannot be resolved", async () => {
    const { error } = await checkDockerfile(request("FROM nowhere\n", {}));

    expect(error?.code).to.equal("REGISTRY_NOT_FOUND" satisfies RegistryError["code"]);
    expect(error?.location).to.include({ firstLine: 1 });
  });
});
