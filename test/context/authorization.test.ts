import { expect } from "chai";
import { gitSecret, httpAuthorization } from "../../src/context/authorization.ts";

function basic(pair: string): string {
  return `Basic ${Buffer.from(pair).toString("base64")}`;
}

function secrets(entries: Readonly<Record<string, string>>): Map<string, Uint8Array> {
  return new Map(Object.entries(entries).map(([id, text]) => [id, Buffer.from(text)]));
}

const url = new URL("https://me:pw@host:8443/r.git");

describe("context/authorization", () => {
  it("takes user and password of the URL where no secret is for it", () => {
    const others = secrets({ "GIT_AUTH_TOKEN.other": "x", HTTP_AUTH_TOKEN_other: "x" });

    expect(gitSecret(url, others)).to.equal(undefined);
    expect(httpAuthorization(url, others)).to.equal(basic("me:pw"));
  });

  const order: readonly [id: string, header: string][] = [
    ["GIT_AUTH_HEADER.host:8443", "own"],
    ["GIT_AUTH_TOKEN.host:8443", basic("x-access-token:own")],
    ["GIT_AUTH_HEADER", "own"],
    ["GIT_AUTH_TOKEN", basic("x-access-token:own")],
  ];
  for (const [index, [id, header]] of order.entries()) {
    it(`prefers the secret ${id} to those for more`, () => {
      const later = Object.fromEntries(order.slice(index + 1).map(([other]) => [other, "later"]));

      expect(gitSecret(url, secrets({ [id]: "own\n", ...later }))).to.deep.equal({
        authorization: header,
        from: `secret ${id}`,
      });
    });
  }

  it("prefers a whole header to a token for a download", () => {
    const token = { "HTTP_AUTH_TOKEN_host:8443": "t" };

    expect(httpAuthorization(url, secrets(token))).to.equal("Bearer t");
    const both = secrets({ ...token, "HTTP_AUTH_HEADER_host:8443": "Custom h\n" });
    expect(httpAuthorization(url, both)).to.equal("Custom h");
  });
});
