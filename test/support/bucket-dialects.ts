/** What a request is for: an object, or a page of the objects below a prefix. */
export interface Asked {
  readonly bucket: string;
  readonly key?: string;
  readonly prefix: string;
  /** Where the page begins. */
  readonly next: number;
  /** Of the object, where the query names it. */
  readonly version?: string | undefined;
}

interface Dialect {
  readonly read: (path: string, query: URLSearchParams) => Asked | undefined;
  readonly page: (keys: readonly string[], from: number) => string;
  readonly refusal: (kind: Refusal) => { readonly status: number; readonly body: string };
}

export type Refusal = "denied" | "no-bucket" | "no-object" | "changed";

const pageLength = 2;
const time = "2026-01-02T03:04:05.000Z";

/** How buckets of each cloud are asked, as far as contexts need it. */
export const bucketDialects: Readonly<Record<"blob" | "gcs" | "s3", Dialect>> = {
  s3: {
    read: (path, query) => {
      const [, bucket = "", key = ""] = /^\/([^/]*)\/?(.*)$/s.exec(path) ?? [];
      const prefix = query.get("prefix") ?? "";
      const next = Number(query.get("continuation-token") ?? 0);
      if (query.has("list-type")) return { bucket, prefix, next };
      return { bucket, prefix, next, key: decodeURIComponent(key) };
    },
    page: (keys, from) => {
      const { items, next } = pageOf(keys, from);
      const contents = items.map(
        (key) =>
          `<Contents><Key>${key}</Key><LastModified>${time}</LastModified><Size>1</Size></Contents>`,
      );
      const more =
        next === undefined ? "" : `<NextContinuationToken>${next}</NextContinuationToken>`;
      return `<ListBucketResult><IsTruncated>${next !== undefined}</IsTruncated>${contents.join("")}${more}</ListBucketResult>`;
    },
    refusal: (kind) =>
      xmlError(kind, {
        denied: "SignatureDoesNotMatch",
        "no-object": "NoSuchKey",
        "no-bucket": "NoSuchBucket",
        changed: "PreconditionFailed",
      }),
  },
  blob: {
    read: (path, query) => {
      const [, bucket = "", key = ""] = /^(?:\/accountoftest)?\/([^/]*)\/?(.*)$/s.exec(path) ?? [];
      const prefix = query.get("prefix") ?? "";
      const next = Number(query.get("marker") ?? 0);
      if (query.get("comp") === "list") return { bucket, prefix, next };
      return { bucket, prefix, next, key: decodeURIComponent(key) };
    },
    page: (keys, from) => {
      const { items, next } = pageOf(keys, from);
      const date = new Date(time).toUTCString();
      const blobs = items.map(
        (key) =>
          `<Blob><Name>${key}</Name><Properties><Last-Modified>${date}</Last-Modified><Content-Length>1</Content-Length></Properties></Blob>`,
      );
      return `<EnumerationResults><Blobs>${blobs.join("")}</Blobs><NextMarker>${next ?? ""}</NextMarker></EnumerationResults>`;
    },
    refusal: (kind) =>
      xmlError(kind, {
        denied: "AuthenticationFailed",
        "no-object": "BlobNotFound",
        "no-bucket": "ContainerNotFound",
        changed: "ConditionNotMet",
      }),
  },
  gcs: {
    read: (path, query) => {
      const match = /^(?:\/storage\/v1)?\/b\/([^/]*)\/o(?:\/(.*))?$/s.exec(path);
      if (match === null) return undefined;
      const [, bucket = "", key] = match;
      const prefix = query.get("prefix") ?? "";
      const next = Number(query.get("pageToken") ?? 0);
      if (key === undefined) return { bucket, prefix, next };
      const version = query.get("generation") ?? undefined;
      return { bucket, prefix, next, key: decodeURIComponent(key), version };
    },
    page: (keys, from) => {
      const { items, next } = pageOf(keys, from);
      const objects = items.map((name) => ({ name, size: "1", updated: time }));
      return JSON.stringify({
        items: objects,
        ...(next === undefined ? {} : { nextPageToken: `${next}` }),
      });
    },
    refusal: (kind) => {
      const messages = {
        denied: "builder does not have storage.objects.get access",
        "no-bucket": "The specified bucket does not exist.",
        "no-object": "No such object",
        changed: "No such object",
      };
      const code = kind === "denied" ? 403 : 404;
      const message = messages[kind];
      return {
        status: code,
        body: JSON.stringify({ error: { code, message, errors: [{ message }] } }),
      };
    },
  },
};

function pageOf(
  keys: readonly string[],
  from: number,
): { items: readonly string[]; next?: number } {
  const end = from + pageLength;
  const items = keys.slice(from, end);
  return end < keys.length ? { items, next: end } : { items };
}

const statuses = { denied: 403, "no-bucket": 404, "no-object": 404, changed: 412 };

function xmlError(kind: Refusal, codes: Readonly<Record<Refusal, string>>) {
  const body = `<Error><Code>${codes[kind]}</Code><Message>the test says ${kind}</Message></Error>`;
  return { status: statuses[kind], body };
}
