import { existsSync } from "node:fs";
import path from "node:path";
import { Kept } from "../../kept.ts";
import type { Environment } from "../credential-helper.ts";
import {
  absent,
  type CredentialsAnswer,
  type CredentialsSource,
  renewalOf,
} from "../credentials.ts";
import { type CloudSurroundings, type CloudToken, type Login, logIn } from "./cloud.ts";
import { hasMetadataServer, keepMetadataDirect, type MetadataAnswer } from "./metadata-server.ts";

const registryHosts = [
  /^(?:[a-z0-9-]+\.)?gcr\.io$/,
  /^[a-z0-9-]+-docker\.pkg\.dev$/,
  /^docker\.[a-z0-9-]+\.rep\.pkg\.dev$/,
] as const;

/** Tells whether a host is of Artifact Registry or Container Registry: the whole host, not a part of it. */
export function isGoogleRegistry(host: string): boolean {
  return registryHosts.some((pattern) => pattern.test(host));
}

/**
 * Access tokens for Google's registries, by application default credentials: the file that
 * GOOGLE_APPLICATION_CREDENTIALS names or gcloud keeps, of whatever kind, or the metadata server, which in
 * GKE answers for the pod's service account.
 */
export function googleSource(surroundings: CloudSurroundings): CredentialsSource {
  const { environment } = surroundings;
  const tokens = new Kept<CredentialsAnswer>(renewalOf);
  return {
    name: "Google Artifact Registry",
    find: async ({ registry: host }, { signal }) => {
      if (!isGoogleRegistry(host)) return absent("the registry is none of Google's");
      const configured = googleIdentity(environment);
      const login: Login = {
        ...surroundings,
        host,
        signal,
        identity: configured ?? "the metadata server",
        what: "Google token",
        // Much can be pulled by anybody there.
        mustWork: () => configured !== undefined,
      };
      return tokens.get("all", () =>
        logIn(login, async (ended) => {
          if (configured !== undefined) return getToken("file");
          return (await hasMetadata(environment, ended)) ? getToken("metadata") : undefined;
        }),
      );
    },
    forget: ({ registry }) => {
      if (isGoogleRegistry(registry)) tokens.forget("all");
    },
  };
}

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

async function hasMetadata(environment: Environment, signal: AbortSignal): Promise<boolean> {
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

const scopes = ["https://www.googleapis.com/auth/cloud-platform"];

async function getToken(from: "file" | "metadata"): Promise<CloudToken> {
  keepMetadataDirect();
  const sdk = await import("./google-sdk.mjs");
  const client =
    from === "metadata"
      ? new sdk.Compute({ scopes })
      : // Without a project it would look for one, by starting gcloud and asking another service.
        await new sdk.GoogleAuth({ scopes, projectId: "none" }).getClient();
  const { token } = await client.getAccessToken();
  if (typeof token !== "string" || token === "") throw new Error("the answer holds no token");
  const expires = client.credentials.expiry_date;
  const now = Date.now();
  return {
    credentials: { kind: "basic", username: "oauth2accesstoken", password: token },
    renewAtMs: typeof expires === "number" ? now + (expires - now) / 2 : Infinity,
  };
}
