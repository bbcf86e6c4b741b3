import { once } from "node:events";
import { createServer } from "node:net";
import { expect } from "chai";
import { parseReference } from "../../src/image/reference.ts";
import { connectionFailure } from "../../src/registry/connection-failure.ts";
import { errorOf } from "../support/error-of.ts";
import { openTestClient } from "../support/registry-client.ts";

describe("registry/connection-failure", () => {
  it("says that connections are refused", async () => {
    const server = createServer().listen(0, "127.0.0.1");
    await once(server, "listening");
    const address = server.address();
    server.close();
    await once(server, "close");
    const port = typeof address === "object" ? address?.port : undefined;
    await using client = await openTestClient([]);

    const error = await errorOf(client.fetchManifest(parseReference(`127.0.0.1:${port}/a:1`)));

    expect(error.code).to.equal("REGISTRY_UNREACHABLE");
    expect(error.message).to.equal(`cannot reach 127.0.0.1:${port}: it refuses connections`);
  });

  it("does not wait for a server that says nothing", async () => {
    const server = createServer((socket) => socket.on("error", () => undefined));
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    const address = server.address();
    const port = typeof address === "object" ? address?.port : undefined;
    await using client = await openTestClient([], {
      timeouts: { connectMs: 50, idleMs: 50, commitMs: 50 },
      retry: { attempts: 1, baseDelayMs: 1, longestDelayMs: 1 },
    });

    const error = await errorOf(client.fetchManifest(parseReference(`127.0.0.1:${port}/a:1`)));
    server.close();

    expect(error.code).to.equal("REGISTRY_UNREACHABLE");
    expect(error.message).to.include("connecting took too long");
  });

  const cases = [
    ["ENOTFOUND", /its name cannot be resolved/, false],
    ["EAI_AGAIN", /name resolution failed/, true],
    ["ECONNRESET", /it closed the connection/, true],
    ["ETIMEDOUT", /took too long/, true],
    ["UND_ERR_BODY_TIMEOUT", /stopped sending/, true],
    ["CERT_HAS_EXPIRED", /cannot trust the certificate/, false],
    ["ERR_TLS_CERT_ALTNAME_INVALID", /cannot trust the certificate/, false],
    ["ERR_SSL_WRONG_VERSION_NUMBER", /cannot speak TLS/, false],
    ["ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED", /refused the TLS connection/, false],
    ["EXOTIC", /a\.test: the message/, true],
  ] as const;
  for (const [code, message, retryable] of cases) {
    it(`describes ${code}`, () => {
      const cause = Object.assign(new Error("the message"), { code });

      const error = connectionFailure(cause, "a.test");

      expect(error).to.include({ code: "REGISTRY_UNREACHABLE", host: "a.test", retryable, cause });
      expect(error.message).to.match(message);
    });
  }
});
