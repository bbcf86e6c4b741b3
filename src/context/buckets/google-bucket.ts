import type { Readable } from "node:stream";
import type { Environment } from "../../support/clouds/environment.ts";
import { googleIdentity, hasGoogleMetadata } from "../../support/clouds/google-identity.ts";
import { keepMetadataDirect } from "../../support/clouds/metadata-server.ts";
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
import type * as sdkOfStorage from "./gcs-sdk.mjs";
import type { Storage } from "./gcs-sdk.mjs";

type Sdk = typeof sdkOfStorage;

/**
 * A bucket of Google Cloud Storage, by application default credentials (see `googleIdentity`), the metadata
 * server, or nobody, who can read what is public. STORAGE_EMULATOR_HOST leads to another server.
 */
export async function openGoogleBucket(
  { bucket }: BucketSource,
  access: BucketAccess,
): Promise<Bucket> {
  keepMetadataDirect();
  const identity = await findIdentity(access);
  const storage = createStorage(await import("./gcs-sdk.mjs"), identity);
  return new GoogleBucket(storage.bucket(bucket), identity ?? nobody);
}

const nobody = "nobody";
/** Of pipelines that the SDK and teeny-request, which it asks by, put on one answer: a dozen. */
const mostListeners = 20;

async function findIdentity({ environment, signal }: BucketAccess): Promise<string | undefined> {
  if (useEmulator(environment)) return undefined;
  const configured = googleIdentity(environment);
  if (configured !== undefined) return configured;
  return (await hasGoogleMetadata(environment, signal)) ? "the metadata server" : undefined;
}

/** The SDK wants a scheme, which Google's other SDKs do without. */
function useEmulator(environment: Environment): boolean {
  const host = environment["STORAGE_EMULATOR_HOST"] ?? "";
  if (host !== "" && !host.includes("://")) {
    process.env["STORAGE_EMULATOR_HOST"] = `http://${host}`;
  }
  return host !== "";
}

function createStorage({ PassThroughClient, Storage }: Sdk, identity: string | undefined): Storage {
  return new Storage({
    // Without a project it would look for one, by starting gcloud.
    projectId: "none",
    retryOptions: { autoRetry: false, maxRetries: 0 },
    ...(identity === undefined ? { authClient: new PassThroughClient() } : {}),
  });
}

class GoogleBucket implements Bucket {
  readonly #bucket: ReturnType<Storage["bucket"]>;
  readonly identity: string;

  constructor(bucket: ReturnType<Storage["bucket"]>, identity: string) {
    this.#bucket = bucket;
    this.identity = identity;
  }

  async open(key: string, { offset, signal, version }: ObjectRange): Promise<ObjectPart> {
    const isRest = offset > 0 && version !== undefined;
    const file = this.#bucket.file(key, isRest ? { generation: version } : {});
    const body = file.createReadStream({
      decompress: false,
      // A range is never compared with the object's checksum.
      ...(offset === 0 ? {} : { start: offset }),
    });
    signal.addEventListener("abort", () => body.destroy(), { once: true });
    try {
      const { headers } = await answerOf(body);
      const length = headers["content-length"];
      const size = length === undefined ? undefined : Number(length);
      return { body, size, version: headers["x-goog-generation"] };
    } catch (error) {
      const isGone = isRest && (error as { readonly code?: unknown }).code === 404;
      throw isGone ? Object.assign(error as Error, { code: 412 }) : error;
    }
  }

  async *list(prefix: string): AsyncGenerator<readonly ListedObject[]> {
    let pageToken: string | undefined;
    do {
      const page = pageToken === undefined ? {} : { pageToken };
      const [files, next] = await this.#bucket.getFiles({ prefix, autoPaginate: false, ...page });
      yield files.map(({ metadata, name }) => ({
        key: name,
        size: Number(metadata.size ?? 0),
        time: metadata.updated === undefined ? undefined : new Date(metadata.updated),
      }));
      pageToken = (next as { readonly pageToken?: string } | null)?.pageToken;
    } while (pageToken !== undefined);
  }

  faultOf(error: unknown): BucketFault {
    return googleFault(error);
  }
}

/** What the SDK tells of an answer is the stream of its body too. */
interface Answer extends Readable {
  readonly statusCode: number;
  readonly headers: Readonly<Record<string, string | undefined>>;
}

/** Waits until the server has answered; an answer that is an error fails the stream. */
function answerOf(body: Readable): Promise<Answer> {
  return new Promise((resolve, reject) => {
    body.once("error", reject);
    body.once("close", () => reject(new Error("the request was ended")));
    body.once("response", (answer: Answer) => {
      // Or Node would warn of a leak on standard error.
      answer.setMaxListeners(mostListeners);
      if (answer.statusCode < 300) resolve(answer);
    });
    // Reading is what starts the request.
    body.read(0);
  });
}

/** Errors of the JSON API: https://cloud.google.com/storage/docs/json_api/v1/status-codes */
function googleFault(error: unknown): BucketFault {
  const {
    code,
    message = "",
    status,
  } = error as {
    readonly code?: unknown;
    readonly status?: unknown;
    readonly message?: string;
  };
  const reason = reasonOf(error);
  if (code === "CONTENT_DOWNLOAD_MISMATCH") return { kind: "refused", reason };
  if (/bucket does not exist/i.test(message)) return { kind: "no-bucket", reason };
  const found = [code, status].map(Number).find((each) => each >= 300 && each < 600);
  if (found === 401 || found === 403) return { kind: "denied", reason };
  // What files of identities lack, and token servers answer.
  const isIdentity = /credential|access token|invalid_grant|invalid_client|unauthorized_client/i;
  if (isIdentity.test(message)) return { kind: "no-identity", reason };
  return found === undefined ? networkFault(error) : statusFault(found, reason);
}
