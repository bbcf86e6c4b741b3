// What slipway uses of Azure's SDK for Blob Storage; see s3-sdk.mjs.
export {
  AnonymousCredential,
  BlobServiceClient,
  StorageSharedKeyCredential,
} from "@azure/storage-blob";
