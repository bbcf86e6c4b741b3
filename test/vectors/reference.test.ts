import { expect } from "chai";
import { isBuilderError } from "../../src/errors/builder-error.ts";
import {
  formatFamiliar,
  formatFamiliarName,
  formatReference,
  formatRepository,
  parseReference,
  withDefaultTag,
} from "../../src/image/reference.ts";
import { contextName } from "../../src/plan/named-context.ts";
import { loadVectors } from "./vectors.ts";

interface Case {
  readonly id: string;
  readonly input: string;
  readonly error?: string;
  readonly canonical: string;
  readonly name: string;
  readonly domain: string;
  readonly path: string;
  readonly tag: string | null;
  readonly digest: string | null;
  readonly familiar: string;
  readonly familiarName: string;
  readonly withDefaultTag: string;
  readonly contextName: string;
}

const vectors = loadVectors<Case>("reference");

describe("vectors/reference", () => {
  if (vectors === undefined) it("has no vectors here; own cases are in image/reference");
  for (const vector of vectors?.cases ?? []) {
    it(`${vector.id} ${JSON.stringify(vector.input.slice(0, 80))}`, () => check(vector));
  }
});

function check(vector: Case): void {
  if (vector.error !== undefined) {
    const expected = vector.error;
    expect(() => parseReference(vector.input))
      .to.throw()
      .that.satisfies(
        (error: unknown) =>
          isBuilderError(error, "IMAGE_REFERENCE_INVALID") && error.message.endsWith(expected),
      );
    return;
  }
  const reference = parseReference(vector.input);
  expect({
    canonical: formatReference(reference),
    name: formatRepository(reference),
    domain: reference.registry,
    path: reference.path,
    tag: reference.tag ?? null,
    digest: reference.digest ?? null,
    familiar: formatFamiliar(reference),
    familiarName: formatFamiliarName(reference),
    withDefaultTag: formatReference(withDefaultTag(reference)),
    contextName: contextName(reference),
  }).to.deep.equal({
    canonical: vector.canonical,
    name: vector.name,
    domain: vector.domain,
    path: vector.path,
    tag: vector.tag,
    digest: vector.digest,
    familiar: vector.familiar,
    familiarName: vector.familiarName,
    withDefaultTag: vector.withDefaultTag,
    contextName: vector.contextName,
  });
}
