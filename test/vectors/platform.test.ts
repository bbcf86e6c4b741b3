import { expect } from "chai";
import { isBuilderError } from "../../src/errors/builder-error.ts";
import { parsePlatform } from "../../src/image/parse-platform.ts";
import {
  formatFullPlatform,
  formatPlatform,
  normalizePlatform,
  type Platform,
} from "../../src/image/platform.ts";
import { selectPlatforms } from "../../src/image/select-platform.ts";
import { loadVectors } from "./vectors.ts";

interface VectorPlatform {
  readonly os: string;
  readonly architecture: string;
  readonly variant: string;
  readonly osVersion?: string;
  readonly osFeatures?: readonly string[];
}

type Case = { readonly id: string } & (ParseCase | NormalizeCase | SelectCase);

interface ParseCase {
  readonly kind: "parse";
  readonly input: string;
  readonly error?: string;
  readonly platform: VectorPlatform;
  readonly format: string;
  readonly formatAll: string;
  readonly normalized: VectorPlatform;
  readonly normalizedFormatAll: string;
}

interface NormalizeCase {
  readonly kind: "normalize";
  readonly platform: VectorPlatform;
  readonly format: string;
  readonly formatAll: string;
  readonly normalized: VectorPlatform;
}

interface SelectCase {
  readonly kind: "select";
  readonly mode: "only" | "onlyStrict";
  readonly want: string;
  readonly candidates: readonly string[];
  readonly order: readonly string[];
}

const host: Platform = { os: "linux", architecture: "amd64" };
const vectors = loadVectors<Case>("platform");

describe("vectors/platform", () => {
  if (vectors === undefined) it("has no vectors here; own cases are in image/platform");
  for (const vector of vectors?.cases ?? []) {
    // Strict selection is for containers of another kind than ours.
    if (vector.kind === "select" && vector.mode === "onlyStrict") continue;
    it(vector.id, () => check(vector));
  }
});

function check(vector: Case): void {
  switch (vector.kind) {
    case "parse":
      checkParse(vector);
      break;
    case "normalize": {
      const platform = fromVector(vector.platform);
      expect(toVector(normalizePlatform(platform))).to.deep.equal(vector.normalized);
      expect(formatPlatform(platform)).to.equal(vector.format);
      expect(formatFullPlatform(platform)).to.equal(vector.formatAll);
      break;
    }
    case "select": {
      const want = parsePlatform(vector.want, host);
      const order = selectPlatforms(vector.candidates, want, (text) => parsePlatform(text, host));
      expect(order).to.deep.equal(vector.order);
      break;
    }
  }
}

function checkParse(vector: ParseCase): void {
  if (vector.error !== undefined) {
    expect(() => parsePlatform(vector.input, host))
      .to.throw()
      .that.satisfies((error: unknown) => isBuilderError(error, "USAGE_INVALID_VALUE"));
    return;
  }
  const platform = parsePlatform(vector.input, host);
  const normalized = normalizePlatform(platform);
  expect(toVector(platform)).to.deep.equal(vector.platform);
  expect(formatPlatform(platform)).to.equal(vector.format);
  expect(formatFullPlatform(platform)).to.equal(vector.formatAll);
  expect(toVector(normalized)).to.deep.equal(vector.normalized);
  expect(formatFullPlatform(normalized)).to.equal(vector.normalizedFormatAll);
}

function fromVector({ osVersion, osFeatures, ...platform }: VectorPlatform): Platform {
  return {
    ...platform,
    ...(osVersion === undefined ? {} : { "os.version": osVersion }),
    ...(osFeatures === undefined ? {} : { "os.features": osFeatures }),
  };
}

function toVector(platform: Platform): VectorPlatform {
  const { "os.version": osVersion, "os.features": osFeatures, ...rest } = platform;
  return {
    ...rest,
    variant: rest.variant ?? "",
    ...(osVersion === undefined ? {} : { osVersion }),
    ...(osFeatures === undefined ? {} : { osFeatures }),
  };
}
