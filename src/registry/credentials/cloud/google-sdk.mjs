// What slipway uses of Google's SDK; see amazon-sdk.mjs.
export { Compute, GoogleAuth } from "google-auth-library";
