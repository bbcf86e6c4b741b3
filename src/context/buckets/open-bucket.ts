import { readProxies } from "../../support/proxies.ts";
import type { Bucket, BucketAccess } from "./bucket.ts";
import type { BucketSource } from "./bucket-source.ts";

type Open = (source: BucketSource, access: BucketAccess) => Promise<Bucket>;

// Each loads the SDK of one cloud.
const clouds: Readonly<Record<BucketSource["cloud"], () => Promise<Open>>> = {
  amazon: async () => (await import("./amazon-bucket.ts")).openAmazonBucket,
  azure: async () => (await import("./azure-bucket.ts")).openAzureBucket,
  google: async () => (await import("./google-bucket.ts")).openGoogleBucket,
};

/**
 * Opens a bucket with the SDK of its cloud, by who the pod is to that cloud. The server is not asked yet.
 *
 * @throws USAGE_INVALID_VALUE and CONTEXT_REFUSED for what the environment says
 */
export async function openBucket(source: BucketSource, access: BucketAccess): Promise<Bucket> {
  readProxies(access.environment);
  const open = await clouds[source.cloud]();
  return open(source, access);
}
