import { existsSync } from "node:fs";
import path from "node:path";
import type { Environment } from "./environment.ts";
import { hasMetadataServer, type MetadataAnswer } from "./metadata-server.ts";

/** The identity that is configured, in the order of Google's SDK, without secrets. */
export function googleIdentity(environment: Environment): string | undefined {
  const named = environment["GOOGLE_APPLICATION_CREDENTIALS"] ?? "";
  if (named !== "") return `GOOGLE_APPLICATION_CREDENTIALS (${named})`;
  const home = path.join(environment["HOME"] ?? "", ".config/gcloud");
  const directory = environment["CLOUDSDK_CONFIG"] ?? home;
  const file = path.join(directory, "application_default_credentials.json");
  return existsSync(file) ? file : undefined;
}

const flavor = "metadata-flavor";

/** Tells whether the machine's metadata server is Google's. */
export async function hasGoogleMetadata(
  environment: Environment,
  signal: AbortSignal,
): Promise<boolean> {
  if (environment["METADATA_SERVER_DETECTION"] === "none") return false;
  const named = ["GCE_METADATA_IP", "GCE_METADATA_HOST"].map((name) => environment[name] ?? "");
  const host = named.find((each) => each !== "") ?? "169.254.169.254";
  const question = {
    url: new URL(`http://${host.replace(/^http:\/\//, "")}/computeMetadata/v1/instance`),
    headers: { [flavor]: "Google" },
    isAnswer: ({ header }: MetadataAnswer): boolean => header(flavor) === "Google",
  };
  return hasMetadataServer(question, signal);
}
