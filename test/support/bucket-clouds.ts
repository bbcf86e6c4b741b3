import { type BucketServer, type BucketServerOptions, startBucketServer } from "./bucket-server.ts";

/** A cloud as tests see it that hold for all. */
export interface BucketCloud {
  readonly dialect: BucketServerOptions["dialect"];
  /** Of the bucket, with a slash at its end. */
  readonly address: string;
  readonly environmentOf: (server: BucketServer) => Readonly<Record<string, string>>;
}

/** Any 256 bits in base64. */
export const azureKey = Buffer.alloc(32, 7).toString("base64");

/** The clouds, with an identity that needs no further server. */
export const bucketClouds: readonly BucketCloud[] = [
  {
    dialect: "s3",
    address: "s3://team/",
    environmentOf: ({ host }) => ({
      S3_ENDPOINT: `http://${host}`,
      AWS_ACCESS_KEY_ID: "AKIATEST",
      AWS_SECRET_ACCESS_KEY: "secret key of S3",
    }),
  },
  {
    dialect: "gcs",
    address: "gs://team/",
    environmentOf: ({ host }) => ({ STORAGE_EMULATOR_HOST: host }),
  },
  {
    dialect: "blob",
    address: "https://accountoftest.blob.core.windows.net/team/",
    environmentOf: ({ host }) => ({
      AZURE_STORAGE_CONNECTION_STRING: `DefaultEndpointsProtocol=http;AccountName=accountoftest;AccountKey=${azureKey};BlobEndpoint=http://${host}/accountoftest`,
    }),
  },
];

/** Starts the server of a cloud, with these objects in the bucket `team`. */
export function startBucketCloud(
  { dialect }: BucketCloud,
  objects: Readonly<Record<string, Buffer | string>>,
  more: Partial<BucketServerOptions> = {},
): Promise<BucketServer> {
  const entries = Object.entries(objects).map(([key, body]) => [key, Buffer.from(body)] as const);
  return startBucketServer({ dialect, bucket: "team", objects: new Map(entries), ...more });
}
