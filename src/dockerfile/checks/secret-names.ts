import type { SourceLocation } from "../../errors/source-location.ts";
import type { CheckReporter } from "./reporter.ts";

const secretWords =
  /(?:^|_)(?:apikey|auth|credentials?|key|passw(?:or)?d|pword|secret|token)(?:_|$)/i;
const harmlessWords = /(?:^|_)(?:file|public|version)(?:_|$)/i;

/** SecretsUsedInArgOrEnv: by its name, a variable that ends up in the image's history holds a secret. */
export function checkSecretName(
  variable: { readonly keyword: "ARG" | "ENV"; readonly name: string },
  location: SourceLocation,
  reporter: CheckReporter,
): void {
  const { keyword, name } = variable;
  if (!secretWords.test(name) || harmlessWords.test(name)) return;
  const message = `Do not use ARG or ENV instructions for sensitive data (${keyword} "${name}")`;
  reporter.report("SecretsUsedInArgOrEnv", location, message);
}
