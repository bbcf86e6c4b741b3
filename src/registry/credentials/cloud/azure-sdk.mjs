// What slipway uses of Azure's SDK; see amazon-sdk.mjs.
export {
  EnvironmentCredential,
  ManagedIdentityCredential,
  WorkloadIdentityCredential,
} from "@azure/identity";
