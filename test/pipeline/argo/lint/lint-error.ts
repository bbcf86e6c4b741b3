/** What the linter has against a manifest. */
export class LintError extends Error {
  override readonly name = "LintError";
}
