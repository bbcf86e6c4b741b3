import { expect } from "chai";
import { ContextError } from "../../src/errors/context-error.ts";

describe("errors/context-error", () => {
  it("lets a pipeline tell what may pass from what is missing", () => {
    const unreachable = new ContextError("CONTEXT_UNREACHABLE", "no answer", { retryable: true });
    const missing = new ContextError("CONTEXT_SOURCE_NOT_FOUND", "not found");

    expect(unreachable).to.include({ name: "ContextError", exitCode: 75, retryable: true });
    expect(missing).to.include({ name: "ContextError", exitCode: 12, retryable: false });
  });
});
