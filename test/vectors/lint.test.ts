import { expect } from "chai";
import { checkRules } from "../../src/dockerfile/checks/rules.ts";
import { parseIgnoreFile } from "../../src/dockerfile/ignore/ignore-file.ts";
import { type BuilderError, isBuilderError } from "../../src/errors/builder-error.ts";
import { DockerfileError } from "../../src/errors/dockerfile-error.ts";
import { checkDockerfile } from "../../src/plan/checks/check-dockerfile.ts";
import { checkCases, groupCases, type VectorCase } from "./check-cases.ts";
import { imageResolver, requestOf, type VectorImages } from "./frontend-request.ts";
import { linesOf } from "./parse-commands.ts";
import { loadVectors } from "./vectors.ts";

interface LintCase extends VectorCase {
  readonly tags: readonly string[];
  readonly dockerfile: string;
  readonly files?: Readonly<Record<string, string>>;
  readonly opts?: Readonly<Record<string, string>>;
  readonly warnings?: readonly object[];
  readonly buildError?: { readonly message: string; readonly lines: readonly object[] };
  readonly requestError?: string;
}

interface Tables {
  readonly images: VectorImages;
  readonly rules: readonly { readonly rule: string }[];
}

const vectors = loadVectors<LintCase, Tables>("lint");
const images = vectors?.images ?? {};

describe("vectors/lint", () => {
  if (vectors === undefined) it("has no vectors here; own cases are in dockerfile/checks");
  else {
    it("has the rules of the reference", () => {
      const rules = Object.entries(checkRules).map(
        ([rule, { description, url, experimental }]) => ({
          rule,
          description,
          url,
          experimental,
        }),
      );
      expect(rules).to.deep.equal(vectors.rules);
    });
  }
  for (const [name, cases] of groupCases(vectors?.cases ?? [], ({ tags }) => tags[0] ?? "")) {
    it(`finds what the reference finds in ${cases.length} files (${name})`, async () => {
      const answers = new Map(
        await Promise.all(cases.map(async (vector) => [vector, await check(vector)] as const)),
      );
      checkCases(cases, (vector) => answers.get(vector), expected);
    });
  }
});

async function check(vector: LintCase): Promise<unknown> {
  const { files = {}, dockerfile } = vector;
  const request = requestOf(vector.opts);
  const source = Buffer.from(dockerfile);
  const ignoreFile = files["Dockerfile.dockerignore"] ?? files[".dockerignore"] ?? "";
  try {
    const { warnings, error } = await checkDockerfile({
      ...request,
      source,
      file: "Dockerfile",
      allStages: request.target === undefined,
      ignore: parseIgnoreFile(ignoreFile),
      resolve: imageResolver(images),
    });
    return {
      warnings: warnings.map(({ rule, message, location }) => ({
        rule,
        message,
        lines: linesOf(location),
      })),
      buildError: error && describeError(error, vector),
    };
  } catch (error) {
    if (!isBuilderError(error, "USAGE_INVALID_VALUE")) throw error;
    return { requestError: `failed to solve: ${error.message}` };
  }
}

/** Where the reference cannot name a place, slipway may. */
function describeError(error: BuilderError, { buildError }: LintCase): object {
  const others = error instanceof DockerfileError ? error.others : [];
  const places = error.location === undefined ? [] : [error.location, ...others];
  const lines = buildError?.lines.length === 0 ? [] : places.map(linesOf);
  return { message: error.message, lines };
}

function expected({ warnings, buildError, requestError }: LintCase): unknown {
  return requestError === undefined ? { warnings, buildError } : { requestError };
}
