import { DockerfileError } from "../../errors/dockerfile-error.ts";
import { quote } from "../quote.ts";
import type { Environment } from "./environment.ts";
import { Expander, type ExpandOptions, type Expansion } from "./expander.ts";

export type { ExpandOptions, Expansion } from "./expander.ts";

/**
 * Expands the variables of a word and resolves its quotes and escapes: `$x`, `${x}` and the
 * modifiers `-`, `+`, `?` (each also with `:`), `#`, `##`, `%`, `%%`, `/` and `//`.
 * @throws DOCKERFILE_SYNTAX for an unbalanced quote or brace, an unknown modifier or a bad pattern
 * @throws DOCKERFILE_INVALID for `${x?message}` where x is not set, and for over-long results
 */
export function expandWord(
  word: string,
  environment: Environment,
  options: ExpandOptions = {},
): Expansion {
  try {
    return new Expander(word, environment, options).run();
  } catch (error) {
    if (!(error instanceof DockerfileError)) throw error;
    throw new DockerfileError(
      error.code === "DOCKERFILE_INVALID" ? "DOCKERFILE_INVALID" : "DOCKERFILE_SYNTAX",
      `failed to process ${quote(word)}: ${error.message}`,
    );
  }
}
