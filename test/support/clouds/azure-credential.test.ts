import { expect } from "chai";
import {
  createAzureCredential,
  entraAuthorities,
  findManagedIdentity,
} from "../../../src/support/clouds/azure-credential.ts";
import { managedIdentity } from "../../../src/support/clouds/azure-identity.ts";
import { startWebServer } from "../web-server.ts";

describe("support/clouds/azure-credential", () => {
  it("makes what the SDK has for a managed identity", async () => {
    const credential = await createAzureCredential({
      authority: entraAuthorities.public,
      environment: {},
      identity: managedIdentity,
    });

    expect(credential.constructor.name).to.equal("ManagedIdentityCredential");
  });

  it("believes in a managed identity where the metadata server misses Azure's header, and nowhere else", async () => {
    const found: unknown[] = [];
    for (const status of [400, 404]) {
      await using server = await startWebServer((_request, response) => {
        response.writeHead(status).end();
      });
      const environment = { AZURE_POD_IDENTITY_AUTHORITY_HOST: `http://${server.host}` };
      found.push(await findManagedIdentity(environment, new AbortController().signal));
    }

    expect(found).to.deep.equal([managedIdentity, undefined]);
  });
});
