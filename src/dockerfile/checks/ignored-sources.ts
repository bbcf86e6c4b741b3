import { cleanPath } from "../ignore/clean-path.ts";
import { createIgnoreMatcher } from "../ignore/matcher.ts";
import type { AddInstruction, CopyInstruction } from "../instruction.ts";
import type { CheckReporter } from "./reporter.ts";

/** Patterns that leave nothing of the context. */
const all = ["*", "**", "**/*"];

/**
 * CopyIgnoredFile, for the sources of a COPY or ADD that are in the build context. With exceptions
 * (`!`) among the patterns nothing is said: what of a directory is kept can only be told by walking.
 */
export class IgnoredSources {
  readonly #matches: ((path: string) => boolean) | undefined;
  readonly #ignoresAll: boolean;

  /**
   * Takes the patterns of the ignore file.
   *
   * @throws DOCKERFILE_SYNTAX for a malformed pattern
   */
  constructor(patterns: readonly string[]) {
    const isPlain = !patterns.some((pattern) => pattern.startsWith("!"));
    const matcher = createIgnoreMatcher(patterns);
    this.#matches = isPlain ? (path) => matcher.matches(path) : undefined;
    this.#ignoresAll = patterns.some((pattern) => all.includes(pattern));
  }

  check(
    source: string,
    { type, location }: Pick<AddInstruction | CopyInstruction, "location" | "type">,
    reporter: CheckReporter,
  ): void {
    const path = cleanPath(source);
    const isRoot = path === "." || path === "/";
    const isIgnored = this.#matches?.(path) === true && (!isRoot || this.#ignoresAll);
    if (!isIgnored) return;
    const verb = type === "ADD" ? "Add" : "Copy";
    const message = `Attempting to ${verb} file "${path}" that is excluded by .dockerignore`;
    reporter.report("CopyIgnoredFile", location, message);
  }
}
