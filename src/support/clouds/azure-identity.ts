import type { Environment } from "./environment.ts";

/** Who a pod is to Microsoft Entra. */
export interface AzureIdentity {
  readonly kind: "service-principal" | "workload" | "managed";
  readonly clientId?: string;
  /** For people, without secrets. */
  readonly text: string;
}

/** The one that a machine of Azure's has. */
export const managedIdentity: AzureIdentity = { kind: "managed", text: "the managed identity" };

/** The identity that the environment configures, in the order of Azure's SDK. */
export function azureIdentity(environment: Environment): AzureIdentity | undefined {
  const has = (name: string): boolean => (environment[name] ?? "") !== "";
  const clientId = environment["AZURE_CLIENT_ID"] ?? "";
  const client = { clientId };
  if (["AZURE_CLIENT_SECRET", "AZURE_CLIENT_CERTIFICATE_PATH"].some(has)) {
    return { kind: "service-principal", ...client, text: `service principal ${clientId}` };
  }
  if (has("AZURE_FEDERATED_TOKEN_FILE")) {
    return { kind: "workload", ...client, text: `workload identity ${clientId}` };
  }
  if (clientId !== "") {
    return { kind: "managed", ...client, text: `managed identity ${clientId}` };
  }
  return has("IDENTITY_ENDPOINT") ? managedIdentity : undefined;
}
