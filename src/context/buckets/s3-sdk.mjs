// What slipway uses of Amazon's SDK for S3. `npm run build` makes a file of its own of it, which is loaded when it is needed.
export { GetObjectCommand, ListObjectsV2Command, S3Client } from "@aws-sdk/client-s3";
