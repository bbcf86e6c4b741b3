// What slipway uses of Amazon's SDK. `npm run build` makes a file of its own of it, which is loaded when it is needed.
export { ECRClient, GetAuthorizationTokenCommand } from "@aws-sdk/client-ecr";
export {
  ECRPUBLICClient,
  GetAuthorizationTokenCommand as GetPublicAuthorizationTokenCommand,
} from "@aws-sdk/client-ecr-public";
