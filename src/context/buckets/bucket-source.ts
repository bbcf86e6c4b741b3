import { ContextError } from "../../errors/context-error.ts";
import { type Digest, isDigest } from "../../image/digest.ts";

/** An object, or all objects below a prefix, in a bucket of a cloud. */
export interface BucketSource {
  readonly cloud: "amazon" | "azure" | "google";
  /** The name of the bucket; Azure calls it a container. */
  readonly bucket: string;
  /** The object's key; a prefix where it is empty or ends in a slash. */
  readonly key: string;
  /** What messages call it: the address without what may be secret. */
  readonly name: string;
  /** Azure: the address of the account, with nothing behind the host. */
  readonly account?: URL;
  /** Azure: a shared access signature, which is secret: the query without its question mark. */
  readonly signature?: string;
  /** What the object has to be. */
  readonly checksum?: Digest;
}

/** What kaniko takes where only a bucket is named. */
const defaultKey = "context.tar.gz";

/** Hosts of accounts in all of Azure's clouds, and of accounts with a DNS zone. */
const blobHost =
  /^[a-z0-9-]+\.(?:blob\.core\.(?:windows\.net|chinacloudapi\.cn|usgovcloudapi\.net)|z\d+\.blob\.storage\.azure\.net)$/;

/**
 * Reads `s3://BUCKET/KEY`, `gs://BUCKET/KEY` and `https://ACCOUNT.blob.core.windows.net/CONTAINER/BLOB`; undefined
 * is something else. Keys are taken as they stand, those of Azure as parts of a URL.
 *
 * @throws CONTEXT_UNSUPPORTED when it names no bucket.
 */
export function parseBucketSource(location: string): BucketSource | undefined {
  const match = /^(s3|gs):\/\/([^/]*)\/?(.*)$/is.exec(location);
  if (match === null) return parseBlobUrl(location);
  const [, scheme = "", bucket = "", key = ""] = match;
  if (bucket === "") throw unsupported(location, "names no bucket", `${scheme}://BUCKET/KEY`);
  return {
    cloud: scheme.toLowerCase() === "s3" ? "amazon" : "google",
    bucket,
    key: key === "" ? defaultKey : key,
    name: `${scheme}://${bucket}/${key === "" ? defaultKey : key}`,
  };
}

function parseBlobUrl(location: string): BucketSource | undefined {
  if (!/^https:\/\//i.test(location) || !URL.canParse(location)) return undefined;
  const url = new URL(location);
  if (!blobHost.test(url.hostname)) return undefined;
  const name = `${url.origin}${url.pathname}`;
  const form = `${url.origin}/CONTAINER/BLOB`;
  const [, bucket = "", path] = /^\/([^/]+)\/(.*)$/s.exec(url.pathname) ?? [];
  const key = decoded(path);
  if (key === undefined) throw unsupported(name, "names no container with a blob in it", form);
  const checksum = url.hash.replace(/^#sha256=/, "sha256:");
  if (checksum !== "" && (!isDigest(checksum) || isPrefix(key))) {
    throw unsupported(name, "has no checksum of a blob behind its #", `${form}#sha256=HEX`);
  }
  return {
    cloud: "azure",
    bucket,
    key,
    name,
    account: new URL(url.origin),
    ...(url.search === "" ? {} : { signature: url.search.slice(1) }),
    ...(checksum === "" ? {} : { checksum }),
  };
}

/** Whether all objects below a key are meant. */
export function isPrefix(key: string): boolean {
  return key === "" || key.endsWith("/");
}

function decoded(path: string | undefined): string | undefined {
  try {
    return path === undefined ? undefined : decodeURIComponent(path);
  } catch {
    return undefined;
  }
}

function unsupported(name: string, what: string, form: string): ContextError {
  return new ContextError("CONTEXT_UNSUPPORTED", `the build context ${name} ${what}`, {
    hint: `Write ${form}`,
  });
}
