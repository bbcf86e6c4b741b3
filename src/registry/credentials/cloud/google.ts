import { googleIdentity, hasGoogleMetadata } from "../../../support/clouds/google-identity.ts";
import { keepMetadataDirect } from "../../../support/clouds/metadata-server.ts";
import { Kept } from "../../kept.ts";
import {
  absent,
  type CredentialsAnswer,
  type CredentialsSource,
  renewalOf,
} from "../credentials.ts";
import { type CloudSurroundings, type CloudToken, type Login, logIn } from "./cloud.ts";

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
          return (await hasGoogleMetadata(environment, ended)) ? getToken("metadata") : undefined;
        }),
      );
    },
    forget: ({ registry }) => {
      if (isGoogleRegistry(registry)) tokens.forget("all");
    },
  };
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
