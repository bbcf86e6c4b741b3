import { ContextError } from "../../errors/context-error.ts";
import {
  createAzureCredential,
  type EntraCredential,
  entraAuthorities,
  findManagedIdentity,
} from "../../support/clouds/azure-credential.ts";
import { azureIdentity } from "../../support/clouds/azure-identity.ts";
import { keepMetadataDirect } from "../../support/clouds/metadata-server.ts";
import type { BlobServiceClient } from "./blob-sdk.mjs";
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

/** A client, and as whom it asks. */
interface Opened {
  readonly client: BlobServiceClient;
  readonly identity: string;
}

/**
 * A container of Azure Blob Storage, by the first that there is: the signature of the URL,
 * AZURE_STORAGE_CONNECTION_STRING, AZURE_STORAGE_ACCESS_KEY (as kaniko), who the environment says that the pod is
 * (see `azureIdentity`), a managed identity, nobody.
 *
 * @throws CONTEXT_REFUSED for a connection string or a key that is none, or is for another account.
 */
export async function openAzureBucket(source: BucketSource, access: BucketAccess): Promise<Bucket> {
  keepMetadataDirect();
  const { client, identity } =
    (await openByKey(source, access)) ?? (await openByIdentity(source, access));
  return new AzureBucket(client.getContainerClient(source.bucket), identity);
}

const options = { retryOptions: { maxTries: 1 } };

/** By what holds a secret of the account. */
async function openByKey(
  { account, signature }: BucketSource,
  { environment }: BucketAccess,
): Promise<Opened | undefined> {
  const { AnonymousCredential, BlobServiceClient, StorageSharedKeyCredential } = await import(
    "./blob-sdk.mjs"
  );
  const { href = "", hostname = "" } = account ?? {};
  const [accountName = ""] = hostname.split(".");
  if (signature !== undefined) {
    const url = `${href}?${signature}`;
    const client = new BlobServiceClient(url, new AnonymousCredential(), options);
    return { client, identity: "the signature of the URL" };
  }
  const connection = environment[connectionVariable] ?? "";
  if (connection !== "") {
    const client = read(connectionVariable, () =>
      BlobServiceClient.fromConnectionString(connection, options),
    );
    assertAccount(accountName, { connection, client });
    return { client, identity: connectionVariable };
  }
  const key = (environment["AZURE_STORAGE_ACCESS_KEY"] ?? "").trim();
  if (key === "") return undefined;
  const credential = new StorageSharedKeyCredential(accountName, key);
  const client = new BlobServiceClient(href, credential, options);
  return { client, identity: "AZURE_STORAGE_ACCESS_KEY" };
}

const connectionVariable = "AZURE_STORAGE_CONNECTION_STRING";

/** An endpoint of one's own does not tell the account, and a signature does not name it. */
function assertAccount(
  wanted: string,
  { connection, client }: { readonly connection: string; readonly client: BlobServiceClient },
): void {
  const named = /(?:^|;)\s*AccountName=([^;]+)/i.exec(connection)?.[1] ?? client.accountName;
  if (named === wanted) return;
  throw new ContextError(
    "CONTEXT_REFUSED",
    `${connectionVariable} is for the account ${named}, and the context is of ${wanted}`,
  );
}

/** There is no token for who the pod is. */
class IdentityError extends Error {}

/** By who the pod is. */
async function openByIdentity(
  { account }: BucketSource,
  { environment, signal }: BucketAccess,
): Promise<Opened> {
  const { AnonymousCredential, BlobServiceClient } = await import("./blob-sdk.mjs");
  const { href = "", hostname = "" } = account ?? {};
  const identity = azureIdentity(environment) ?? (await findManagedIdentity(environment, signal));
  if (identity === undefined) {
    const client = new BlobServiceClient(href, new AnonymousCredential(), options);
    return { client, identity: "nobody" };
  }
  const request = { authority: authorityOf(hostname), environment, identity };
  const credential = await createAzureCredential(request);
  const told: EntraCredential = {
    getToken: async (scopes, asked) => {
      try {
        return await credential.getToken(scopes, asked);
      } catch (error) {
        // What fails there has many names.
        throw new IdentityError(reasonOf(error));
      }
    },
  };
  return { client: new BlobServiceClient(href, told, options), identity: identity.text };
}

function authorityOf(host: string): string {
  if (host.endsWith(".chinacloudapi.cn")) return entraAuthorities.china;
  return host.endsWith(".usgovcloudapi.net")
    ? entraAuthorities.government
    : entraAuthorities.public;
}

/** What the SDK says of a value could repeat it. */
function read<T>(variable: string, parse: () => T): T {
  try {
    return parse();
  } catch {
    throw new ContextError("CONTEXT_REFUSED", `${variable} cannot be understood`, {
      hint: "Copy it from the account's access keys, or from what made the signature",
    });
  }
}

class AzureBucket implements Bucket {
  readonly #container: ReturnType<BlobServiceClient["getContainerClient"]>;
  readonly identity: string;

  constructor(container: ReturnType<BlobServiceClient["getContainerClient"]>, identity: string) {
    this.#container = container;
    this.identity = identity;
  }

  async open(key: string, { offset, signal, version }: ObjectRange): Promise<ObjectPart> {
    const isRest = offset > 0 && version !== undefined;
    const answer = await this.#container.getBlobClient(key).download(offset, undefined, {
      abortSignal: signal,
      maxRetryRequests: 0,
      ...(isRest ? { conditions: { ifMatch: version } } : {}),
    });
    const { contentLength: size, etag, readableStreamBody: body } = answer;
    if (body === undefined) throw new Error("the answer has no body");
    return { body: body as AsyncIterable<Uint8Array>, size, version: etag };
  }

  async *list(prefix: string, signal: AbortSignal): AsyncGenerator<readonly ListedObject[]> {
    const pages = this.#container.listBlobsFlat({ prefix, abortSignal: signal }).byPage();
    for await (const { segment } of pages) {
      yield segment.blobItems.map(({ name, properties }) => ({
        key: name,
        size: properties.contentLength ?? 0,
        time: properties.lastModified,
      }));
    }
  }

  faultOf(error: unknown): BucketFault {
    return azureFault(error);
  }
}

/** Errors of Blob Storage: https://learn.microsoft.com/rest/api/storageservices/blob-service-error-codes */
function azureFault(error: unknown): BucketFault {
  if (error instanceof IdentityError) return { kind: "no-identity", reason: error.message };
  const { code, statusCode } = error as {
    readonly code?: unknown;
    readonly statusCode?: unknown;
  };
  if (typeof statusCode !== "number") return networkFault(error);
  // The server's own words go on with what it was asked.
  const reason = typeof code === "string" ? code : `status ${statusCode}`;
  if (["ContainerNotFound", "ContainerBeingDeleted"].includes(reason)) {
    return { kind: "no-bucket", reason };
  }
  // What nobody is told of containers that are not public.
  const hidden = ["ResourceNotFound", "PublicAccessNotPermitted", "NoAuthenticationInformation"];
  return hidden.includes(reason) ? { kind: "denied", reason } : statusFault(statusCode, reason);
}
