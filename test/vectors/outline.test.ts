import { assertNotEmpty } from "../../src/dockerfile/assert-not-empty.ts";
import { parseDockerfile } from "../../src/dockerfile/parse.ts";
import { isBuilderError } from "../../src/errors/builder-error.ts";
import type { SourceLocation } from "../../src/errors/source-location.ts";
import { listTargets, outlineTarget } from "../../src/plan/outline.ts";
import { checkCases, type VectorCase } from "./check-cases.ts";
import { imageResolver, requestOf, type VectorImages } from "./frontend-request.ts";
import { linesOf } from "./parse-commands.ts";
import { loadVectors } from "./vectors.ts";

interface OutlineCase extends VectorCase {
  readonly dockerfile: string;
  readonly opts?: Readonly<Record<string, string>>;
}

const vectors = loadVectors<OutlineCase, { readonly images: VectorImages }>("outline");
const resolve = imageResolver(vectors?.images ?? {});

describe("vectors/outline", () => {
  if (vectors === undefined) it("has no vectors here; own cases are in plan");
  const cases = vectors?.cases ?? [];
  it(`outlines ${cases.length} files as the reference does`, async () => {
    const answers = new Map<OutlineCase, object>();
    for (const vector of cases) {
      answers.set(vector, { ...targets(vector), ...(await outline(vector)) });
    }
    checkCases(
      cases,
      (vector) => answers.get(vector),
      ({ id: _id, dockerfile: _dockerfile, opts: _opts, ...expected }) => expected,
    );
  });
});

function targets({ dockerfile }: OutlineCase): object {
  try {
    const found = listTargets(parseDockerfile(dockerfile, "Dockerfile"));
    return { targets: found.map(withLines) };
  } catch (error) {
    return { targetsError: messageOf(error) };
  }
}

async function outline({ dockerfile, opts }: OutlineCase): Promise<object> {
  try {
    assertNotEmpty(Buffer.from(dockerfile));
    const file = parseDockerfile(dockerfile, "Dockerfile");
    const { args, secrets, ssh, ...named } = await outlineTarget(file, requestOf(opts), resolve);
    return {
      outline: {
        ...named,
        args: args.map(withLines),
        secrets: secrets.map(withLines),
        ssh: ssh.map(withLines),
      },
    };
  } catch (error) {
    return { outlineError: messageOf(error) };
  }
}

function withLines({ location, ...rest }: { readonly location: SourceLocation }): object {
  return { ...rest, lines: linesOf(location) };
}

function messageOf(error: unknown): string {
  if (isBuilderError(error)) return `failed to solve: ${error.message}`;
  throw error;
}
