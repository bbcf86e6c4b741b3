import { BuilderError } from "../../src/errors/builder-error.ts";

/** The typed error that `action` throws; any other outcome fails the test. */
export function errorFrom(action: () => unknown): BuilderError {
  try {
    action();
  } catch (error) {
    if (error instanceof BuilderError) return error;
    throw error;
  }
  throw new Error("nothing was thrown");
}
