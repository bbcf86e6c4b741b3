import { Buffer } from "node:buffer";
import { amazonIdentity } from "../../../support/clouds/amazon-identity.ts";
import { Kept } from "../../kept.ts";
import {
  absent,
  type CredentialsAnswer,
  type CredentialsSource,
  renewalOf,
} from "../credentials.ts";
import { type AmazonRegistry, parseAmazonRegistry } from "./amazon-registry.ts";
import { type CloudSurroundings, type CloudToken, type Login, logIn } from "./cloud.ts";

/**
 * Tokens for Amazon ECR and ECR Public, by the identity that Amazon's SDK finds: access keys in the
 * environment, a profile, IRSA's web identity, EKS Pod Identity or a task's role, the instance's role.
 */
export function amazonSource(surroundings: CloudSurroundings): CredentialsSource {
  const tokens = new Kept<CredentialsAnswer>(renewalOf);
  return {
    name: "Amazon ECR",
    find: async ({ registry: host }, { signal }) => {
      const registry = parseAmazonRegistry(host);
      if (registry === undefined) return absent("the registry is none of Amazon's");
      const configured = amazonIdentity(surroundings.environment);
      const login: Login = {
        ...surroundings,
        host,
        signal,
        identity: configured ?? "the role of the instance",
        what: "ECR token",
        // Anybody can pull from ECR Public, and identities that are made for ECR seldom have this right.
        mustWork: (error) =>
          registry.service === "ecr" || nameOf(error) !== "AccessDeniedException",
      };
      return tokens.get(JSON.stringify(registry), () =>
        logIn(login, (ended) =>
          getToken(registry, ended).catch((error: unknown) => {
            // Then no metadata server has answered, or it knows of no role.
            if (configured === undefined && nameOf(error) === noIdentity) return undefined;
            throw error;
          }),
        ),
      );
    },
    forget: ({ registry }) => tokens.forget(JSON.stringify(parseAmazonRegistry(registry))),
  };
}

const noIdentity = "CredentialsProviderError";

function nameOf(error: unknown): string {
  return error instanceof Error ? error.name : "";
}

async function getToken(registry: AmazonRegistry, signal: AbortSignal): Promise<CloudToken> {
  // Version 1 is tried otherwise after version 2 did not answer, which takes another second.
  process.env["AWS_EC2_METADATA_V1_DISABLED"] ??= "true";
  const { authorizationToken = "", expiresAt } = await askApi(registry, signal);
  const [username = "", ...password] = Buffer.from(authorizationToken, "base64")
    .toString("utf8")
    .split(":");
  if (password.length === 0) throw new Error("the answer holds no token");
  const now = Date.now();
  return {
    credentials: { kind: "basic", username, password: password.join(":") },
    // At half of its life, as amazon-ecr-credential-helper does.
    renewAtMs: expiresAt === undefined ? Infinity : now + (expiresAt.getTime() - now) / 2,
  };
}

interface AuthorizationData {
  readonly authorizationToken?: string | undefined;
  readonly expiresAt?: Date | undefined;
}

async function askApi(
  { dualStack, fips, region, service }: AmazonRegistry,
  abortSignal: AbortSignal,
): Promise<AuthorizationData> {
  const sdk = await import("./amazon-sdk.mjs");
  // The region of the registry, whatever AWS_REGION says; STS is asked there too.
  const settings = {
    region,
    ...(fips ? { useFipsEndpoint: true } : {}),
    ...(dualStack ? { useDualstackEndpoint: true } : {}),
    requestHandler: {
      connectionTimeout: 5000,
      requestTimeout: 10_000,
      throwOnRequestTimeout: true,
    },
  };
  if (service === "ecr-public") {
    const client = new sdk.ECRPUBLICClient(settings);
    const command = new sdk.GetPublicAuthorizationTokenCommand({});
    return (await client.send(command, { abortSignal })).authorizationData ?? {};
  }
  const client = new sdk.ECRClient(settings);
  const command = new sdk.GetAuthorizationTokenCommand({});
  return (await client.send(command, { abortSignal })).authorizationData?.[0] ?? {};
}
