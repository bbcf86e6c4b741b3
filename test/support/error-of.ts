import { BuilderError } from "../../src/errors/builder-error.ts";

/** The error of the family that `work` ends with; anything else it does is a failure of the test. */
export async function errorOf(work: Promise<unknown> | (() => unknown)): Promise<BuilderError> {
  try {
    await (typeof work === "function" ? work() : work);
  } catch (error) {
    if (error instanceof BuilderError) return error;
    throw error;
  }
  throw new Error("there was no error");
}
