import { expect } from "chai";
import { azureIdentity } from "../../../src/support/clouds/azure-identity.ts";

const kind = (environment: Readonly<Record<string, string>>) => azureIdentity(environment)?.kind;

describe("support/clouds/azure-identity", () => {
  const client = { AZURE_CLIENT_ID: "client", AZURE_TENANT_ID: "tenant" };
  const federated = { ...client, AZURE_FEDERATED_TOKEN_FILE: "/token" };

  it("knows the identity that is configured, in the order of the SDK", () => {
    expect(kind({})).to.equal(undefined);
    expect(kind({ AZURE_TENANT_ID: "tenant" })).to.equal(undefined);
    expect(kind(federated)).to.equal("workload");
    expect(kind({ ...federated, AZURE_CLIENT_SECRET: "s" })).to.equal("service-principal");
    expect(kind({ ...client, AZURE_CLIENT_CERTIFICATE_PATH: "/c" })).to.equal("service-principal");
    expect(kind(client)).to.equal("managed");
    expect(kind({ IDENTITY_ENDPOINT: "http://127.0.0.1:1" })).to.equal("managed");
  });

  it("says which, and no secret", () => {
    const text = azureIdentity({ ...federated, AZURE_CLIENT_SECRET: "tell-nobody" })?.text;

    expect(text).to.equal("service principal client");
  });
});
