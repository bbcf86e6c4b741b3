import { syntaxError } from "./syntax-error.ts";

/**
 * Refuses a file of no bytes, before anything is looked for in it.
 *
 * @throws DOCKERFILE_SYNTAX
 */
export function assertNotEmpty(source: Uint8Array): void {
  if (source.length === 0) throw syntaxError("the Dockerfile cannot be empty");
}
