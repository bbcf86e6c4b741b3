// What slipway uses of Google's SDK for Cloud Storage; see s3-sdk.mjs.
export { Storage } from "@google-cloud/storage";
export { PassThroughClient } from "google-auth-library";
