import { expect } from "chai";
import { RegistryError } from "../../src/errors/registry-error.ts";
import { parseReference } from "../../src/image/reference.ts";
import { silentLogger } from "../../src/log/logger.ts";
import { checkDestinations } from "../../src/output/check-destinations.ts";
import { errorOf } from "../support/error-of.ts";
import { type MemoryRegistryOptions, openMemoryRegistry } from "../support/memory-registry.ts";

describe("output/check-destinations", () => {
  it("asks for each repository once", async () => {
    const client = await check(["r.test/a:1", "r.test/a:2", "s.test/a:1"]);

    expect(client.events).to.have.members(["checked r.test/a", "checked s.test/a"]);
  });

  it("fails when one does not take uploads, after all have answered", async () => {
    const fault = new RegistryError("REGISTRY_UNAUTHORIZED", "you may not");
    const before = (request: string) => {
      if (request.includes("r.test")) throw fault;
    };

    const error = await errorOf(check(["r.test/a:1", "s.test/a:1"], { before }));

    expect(error).to.equal(fault);
  });

  it("goes on when one of several cannot be reached, and not when none can", async () => {
    const fault = new RegistryError("REGISTRY_UNREACHABLE", "not there", { retryable: true });
    const before = (request: string) => {
      if (request.includes("r.test")) throw fault;
    };

    const client = await check(["r.test/a:1", "s.test/a:1"], { before });
    const error = await errorOf(check(["r.test/a:1", "r.test/b:1"], { before }));

    expect(client.events).to.deep.equal(["checked s.test/a"]);
    expect(error).to.equal(fault);
  });
});

async function check(names: readonly string[], options?: MemoryRegistryOptions) {
  const client = openMemoryRegistry(options);
  const ports = { client, log: silentLogger, signal: new AbortController().signal };
  await checkDestinations(names.map(parseReference), ports);
  return client;
}
