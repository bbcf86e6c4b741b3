import { expect } from "chai";
import { assertBuiltInFrontend } from "../../src/plan/frontend.ts";
import { errorFrom } from "../support/error-from.ts";

function check(text: string, syntaxArgument?: string): void {
  const buildArgs = new Map(
    syntaxArgument === undefined ? [] : [["BUILDKIT_SYNTAX", syntaxArgument] as const],
  );
  assertBuiltInFrontend({ source: Buffer.from(text), file: "Dockerfile", buildArgs });
}

describe("plan/frontend", () => {
  for (const image of [
    "docker/dockerfile",
    "docker/dockerfile:1",
    "docker/dockerfile:1.7-labs",
    "docker.io/docker/dockerfile:1@sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef",
    "docker/dockerfile-upstream:master",
    "dockerfile.v0",
  ]) {
    it(`knows ${image} for the built-in frontend`, () => {
      check(`# syntax=${image}\nFROM scratch\n`);
    });
  }

  for (const image of [
    "example.com/frontend:2",
    "dockerfile",
    "other/dockerfile:1",
    "Not A Name",
  ]) {
    it(`refuses ${image}, and names it`, () => {
      const error = errorFrom(() => check(`#!/usr/bin/x\n# syntax = ${image}\nFROM scratch\n`));

      expect(error.code).to.equal("DOCKERFILE_UNSUPPORTED");
      expect(error.message).to.include(`frontend image ${image.split(" ")[0]} `);
      expect(error.location?.firstLine).to.equal(2);
    });
  }

  it("lets the build argument win, both ways", () => {
    check("# syntax=example.com/frontend\nFROM scratch\n", "docker/dockerfile:1");

    const error = errorFrom(() => check("FROM scratch\n", "example.com/frontend"));
    expect(error.message).to.include("example.com/frontend");
    expect(error.location).to.equal(undefined);
  });
});
