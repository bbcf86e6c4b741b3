import { expect } from "chai";
import { assertNotEmpty } from "../../src/dockerfile/assert-not-empty.ts";
import { errorFrom } from "../support/error-from.ts";

describe("dockerfile/assert-not-empty", () => {
  it("refuses a file of no bytes, and only that", () => {
    const error = errorFrom(() => assertNotEmpty(Buffer.alloc(0)));

    expect(error.message).to.equal("the Dockerfile cannot be empty");
    expect(error.code).to.equal("DOCKERFILE_SYNTAX");
    expect(() => assertNotEmpty(Buffer.from("\n"))).not.to.throw();
  });
});
