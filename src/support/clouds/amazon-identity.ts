import type { Environment } from "./environment.ts";

/** The identity that the environment configures, in the order of the SDK, without secrets. */
export function amazonIdentity(environment: Environment): string | undefined {
  const has = (name: string): boolean => (environment[name] ?? "") !== "";
  if (has("AWS_PROFILE")) return `profile ${environment["AWS_PROFILE"]}`;
  if (has("AWS_ACCESS_KEY_ID") && has("AWS_SECRET_ACCESS_KEY")) return "AWS_ACCESS_KEY_ID";
  if (has("AWS_WEB_IDENTITY_TOKEN_FILE") && has("AWS_ROLE_ARN")) {
    return `web identity of role ${environment["AWS_ROLE_ARN"]}`;
  }
  if (has("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI")) return "the role of the task";
  if (has("AWS_CONTAINER_CREDENTIALS_FULL_URI")) return "EKS Pod Identity";
  const file = ["AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE"].find(has);
  return file === undefined ? undefined : file;
}
