import { expect } from "chai";
import { parseReference } from "../../src/image/reference.ts";
import { errorOf } from "../support/error-of.ts";
import { type ProxyAction, startFaultProxy } from "../support/fault-proxy.ts";
import { openTestClient } from "../support/registry-client.ts";

describe("registry/token", () => {
  const hostile: readonly (readonly [string, string, RegExp])[] = [
    ["is no JSON", "<html>", /is not JSON/],
    ["holds no token", '{"expires_in": 60}', /holds no token/],
    ["holds a token that would be two headers", '{"token": "a\\r\\nb: c"}', /holds no token/],
    ["does not end", `{"token": "${"x".repeat(1024 * 1024)}"}`, /is too long/],
  ];
  for (const [title, body, message] of hostile) {
    it(`refuses a token server's answer that ${title}`, async () => {
      const error = await answeredBy({ kind: "answer", status: 200, body });

      expect(error.code).to.equal("REGISTRY_PROTOCOL");
      expect(error.message).to.match(message);
    });
  }

  it("asks a token server again that is not well", async () => {
    const error = await answeredBy({ kind: "answer", status: 503 });

    expect(error.code).to.equal("REGISTRY_UNAVAILABLE");
    expect(error.retryable).to.equal(true);
  });

  it("says so when the token server breaks off", async () => {
    const error = await answeredBy({ kind: "break" });

    expect(error.code).to.equal("REGISTRY_UNREACHABLE");
  });
});

/** What comes of a pull where the token server does this. */
async function answeredBy(action: ProxyAction) {
  await using tokens = await startFaultProxy(undefined, () => action);
  const challenge = `Bearer realm="http://${tokens.host}/token"`;
  await using registry = await startFaultProxy(undefined, () => ({
    kind: "answer",
    status: 401,
    headers: { "www-authenticate": challenge },
  }));
  await using client = await openTestClient([registry.host, tokens.host]);
  return await errorOf(client.fetchManifest(parseReference(`${registry.host}/app:1`)));
}
