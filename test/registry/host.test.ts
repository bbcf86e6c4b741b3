import { expect } from "chai";
import { apiHost, canonicalRegistry, isLoopback } from "../../src/registry/host.ts";

describe("registry/host", () => {
  it("knows the names of Docker Hub", () => {
    for (const name of ["docker.io", "index.docker.io", "registry-1.docker.io"]) {
      expect(canonicalRegistry(name)).to.equal("docker.io");
    }
    expect(apiHost("docker.io")).to.equal("registry-1.docker.io");
    expect(apiHost(canonicalRegistry("ghcr.io"))).to.equal("ghcr.io");
  });

  const hosts = [
    ["localhost", true],
    ["localhost:5000", true],
    ["127.0.0.1:5000", true],
    ["127.1.2.3", true],
    ["[::1]:5000", true],
    ["localhost.a.test", false],
    ["127.0.0.1.a.test", false],
    ["10.0.0.1:5000", false],
  ] as const;
  for (const [host, expected] of hosts) {
    it(`${expected ? "takes" : "does not take"} ${host} for this machine`, () => {
      expect(isLoopback(host)).to.equal(expected);
    });
  }
});
