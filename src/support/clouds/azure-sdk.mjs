// What slipway uses of Azure's SDK. `npm run build` makes a file of its own of it, which is loaded when it is needed.
export {
  EnvironmentCredential,
  ManagedIdentityCredential,
  WorkloadIdentityCredential,
} from "@azure/identity";
