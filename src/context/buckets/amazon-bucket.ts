import { Agent as HttpAgent } from "node:http";
import { Agent as HttpsAgent } from "node:https";
import { UsageError } from "../../errors/usage-error.ts";
import { amazonIdentity } from "../../support/clouds/amazon-identity.ts";
import type { Environment } from "../../support/clouds/environment.ts";
import type {
  Bucket,
  BucketAccess,
  BucketFault,
  ListedObject,
  ObjectPart,
  ObjectRange,
} from "./bucket.ts";
import { networkFault, reasonOf, statusFault } from "./bucket-fault.ts";
import type { BucketSource } from "./bucket-source.ts";
import type * as sdkOfS3 from "./s3-sdk.mjs";
import type { S3Client } from "./s3-sdk.mjs";

type Sdk = typeof sdkOfS3;
type S3ClientConfig = ConstructorParameters<Sdk["S3Client"]>[0];

/**
 * A bucket of S3, or of a server that speaks its protocol: AWS_ENDPOINT_URL_S3, or kaniko's S3_ENDPOINT and
 * S3_FORCE_PATH_STYLE. The identity is what Amazon's SDK finds: see `amazonIdentity`.
 *
 * @throws USAGE_INVALID_VALUE when S3_ENDPOINT is no address.
 */
export async function openAmazonBucket(
  { bucket }: BucketSource,
  { environment }: BucketAccess,
): Promise<Bucket> {
  // Version 1 is tried otherwise after version 2 did not answer, which takes another second.
  process.env["AWS_EC2_METADATA_V1_DISABLED"] ??= "true";
  const sdk = await import("./s3-sdk.mjs");
  const identity = amazonIdentity(environment) ?? "the role of the instance";
  return new AmazonBucket({ sdk, bucket, identity, client: await createClient(sdk, environment) });
}

interface Parts {
  readonly sdk: Sdk;
  readonly client: S3Client;
  readonly bucket: string;
  readonly identity: string;
}

class AmazonBucket implements Bucket {
  readonly #parts: Parts;
  readonly identity: string;

  constructor(parts: Parts) {
    this.#parts = parts;
    this.identity = parts.identity;
  }

  async open(key: string, { offset, signal, version }: ObjectRange): Promise<ObjectPart> {
    const { bucket, client, sdk } = this.#parts;
    const command = new sdk.GetObjectCommand({
      Bucket: bucket,
      Key: key,
      ...(offset === 0 ? {} : { Range: `bytes=${offset}-` }),
      ...(offset === 0 || version === undefined ? {} : { IfMatch: version }),
    });
    const { Body, ContentLength, ETag } = await client.send(command, { abortSignal: signal });
    if (Body === undefined) throw new Error("the answer has no body");
    return { body: Body as AsyncIterable<Uint8Array>, size: ContentLength, version: ETag };
  }

  async *list(prefix: string, signal: AbortSignal): AsyncGenerator<readonly ListedObject[]> {
    const { bucket: Bucket, client, sdk } = this.#parts;
    let next: string | undefined;
    do {
      const page = {
        Bucket,
        Prefix: prefix,
        ...(next === undefined ? {} : { ContinuationToken: next }),
      };
      const command = new sdk.ListObjectsV2Command(page);
      const { Contents = [], NextContinuationToken } = await client.send(command, {
        abortSignal: signal,
      });
      yield Contents.map(({ Key = "", LastModified, Size = 0 }) => ({
        key: Key,
        size: Size,
        time: LastModified,
      }));
      next = NextContinuationToken;
    } while (next !== undefined);
  }

  faultOf(error: unknown): BucketFault {
    return amazonFault(error);
  }
}

async function createClient(sdk: Sdk, environment: Environment): Promise<S3Client> {
  // Node's own agents: those of the SDK know no proxy.
  const agent = { keepAlive: true, proxyEnv: withProxySchemes(environment) };
  const settings: S3ClientConfig = {
    ...placeOf(environment),
    maxAttempts: 1,
    followRegionRedirects: true,
    requestHandler: {
      connectionTimeout: 15_000,
      httpAgent: new HttpAgent(agent),
      httpsAgent: new HttpsAgent(agent),
    },
  };
  const client = new sdk.S3Client(settings);
  // The SDK demands a region, also of servers that know none.
  return client.config.region().then(
    () => client,
    () => new sdk.S3Client({ ...settings, region: "us-east-1" }),
  );
}

/** Node's agents take a proxy without a scheme for none. */
function withProxySchemes(environment: Environment): Environment {
  const entries = Object.entries(environment).map(([name, value = ""]) => {
    const isBare = /^https?_proxy$/i.test(name) && value !== "" && !value.includes("://");
    return [name, isBare ? `http://${value}` : value] as const;
  });
  return Object.fromEntries(entries);
}

/** Where the server is, as far as the SDK does not know these variables. */
function placeOf(environment: Environment): S3ClientConfig {
  const read = (name: string): string => environment[name] ?? "";
  const known = read("AWS_ENDPOINT_URL_S3") || read("AWS_ENDPOINT_URL");
  const endpoint = known === "" ? withScheme(read("S3_ENDPOINT")) : "";
  const style = read("S3_FORCE_PATH_STYLE").toLowerCase();
  // Few servers of one's own have a name for each bucket.
  const isOwn = known !== "" || endpoint !== "";
  const region = read("AWS_REGION") === "" ? read("AWS_DEFAULT_REGION") : "";
  return {
    forcePathStyle: style === "true" || (isOwn && style !== "false"),
    ...(endpoint === "" ? {} : { endpoint }),
    ...(region === "" ? {} : { region }),
  };
}

function withScheme(endpoint: string): string {
  if (endpoint === "") return "";
  const url = endpoint.includes("://") ? endpoint : `https://${endpoint}`;
  if (URL.canParse(url)) return url;
  throw new UsageError(
    "USAGE_INVALID_VALUE",
    "the environment variable S3_ENDPOINT is no address",
    { hint: "Write https://HOST:PORT" },
  );
}

/** Errors of S3 and STS: https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html */
function amazonFault(error: unknown): BucketFault {
  const { $metadata, name } = error as {
    readonly name?: string;
    readonly $metadata?: { readonly httpStatusCode?: number };
  };
  const reason = `${name === "Error" ? "" : `${name}: `}${reasonOf(error)}`;
  if (name === "CredentialsProviderError") return { kind: "no-identity", reason };
  if (reason.startsWith("Checksum mismatch")) return { kind: "refused", reason };
  const status = $metadata?.httpStatusCode;
  if (status === undefined || name === undefined) return networkFault(error);
  if (name === "NoSuchBucket") return { kind: "no-bucket", reason };
  // The SDK knows the right time after that.
  if (name === "RequestTimeTooSkewed") return { kind: "denied", reason, retryable: true };
  const isIdentity = status < 500 && /Token|AccessKey|Signature|Identity|IDPRejected/.test(name);
  return isIdentity ? { kind: "denied", reason } : statusFault(status, reason);
}
