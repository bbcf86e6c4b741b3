import { expect } from "chai";
import { parseReference } from "../../../src/image/reference.ts";
import {
  matchAuth,
  parseDockerConfig,
  usable,
} from "../../../src/registry/credentials/docker-config.ts";

const basic = (username: string) => ({ kind: "basic", username, password: "p:w" });

describe("registry/credentials/docker-config", () => {
  it("reads each form of an entry", () => {
    const config = parse({
      auths: {
        "a.test": { auth: btoa("ann:p:w"), email: "x" },
        "b.test": { username: "bob", password: "p:w" },
        "c.test": { auth: btoa("cid:x"), identitytoken: "t" },
        "d.test": {},
        "e.test": { auth: btoa("eve:p:w\0\0") },
      },
      credHelpers: { "f.test": "ecr-login" },
      credsStore: "pass",
      HttpHeaders: { x: "y" },
    });

    expect(Object.fromEntries(config.auths)).to.deep.equal({
      "a.test": basic("ann"),
      "b.test": basic("bob"),
      "c.test": { kind: "identity-token", token: "t" },
      "e.test": basic("eve"),
    });
    expect(config.helpers.get("f.test")).to.equal("ecr-login");
    expect(config.store).to.equal("pass");
  });

  const matches: readonly (readonly [string, readonly string[], string | undefined])[] = [
    ["busybox", ["https://index.docker.io/v1/"], "docker.io"],
    ["busybox", ["docker.io"], "docker.io"],
    ["busybox", ["https://registry-1.docker.io/v2/"], "docker.io"],
    ["a.test/x", ["https://a.test"], "a.test"],
    ["a.test/x", ["http://a.test/v2/"], "a.test"],
    ["a.test:5000/x", ["a.test"], undefined],
    ["a.test/x", ["a.test:443", "x.a.test", "test"], undefined],
    ["a.test/x/y/z", ["a.test", "a.test/x", "a.test/x/y", "a.test/x/y/zz"], "a.test/x/y"],
    ["a.test/x/y", ["a.test/x/y"], "a.test/x/y"],
    ["a.test/xx", ["a.test/x"], undefined],
    ["a.test/x", ["a.test/x/y"], undefined],
    ["a.test/x/v2/y", ["a.test/x/v2"], "a.test/x/v2"],
  ];
  for (const [name, keys, expected] of matches) {
    it(`finds ${expected ?? "nothing"} for ${name} among ${keys.join(", ")}`, () => {
      const entries = keys.map((key) => [key, { auth: btoa("user:pass") }]);
      const { auths } = parse({ auths: Object.fromEntries(entries) as object });

      expect(matchAuth(auths, parseReference(name))?.key).to.equal(expected);
    });
  }

  const invalid: readonly (readonly [string, string])[] = [
    ["is not JSON", '{"auths": {"a": {"auth": "c2VjcmV0"'],
    ["is a list", "[]"],
    ["has a list of entries", '{"auths": []}'],
    ["has a list of helpers", '{"credHelpers": []}'],
    ["has a store that is no name", '{"credsStore": 1}'],
  ];
  for (const [title, text] of invalid) {
    it(`refuses a file that ${title}, and does not quote it`, () => {
      expect(() => parseDockerConfig(text, "/x/config.json"))
        .to.throw(/^cannot use \/x\/config\.json: /)
        .that.satisfies(isInvalidAndQuotesNothing);
    });
  }

  const malformed: readonly (readonly [string, unknown])[] = [
    ["that is text", "secret"],
    ["with a number as password", { username: "u", password: 1 }],
    ["with an auth without colon", { auth: btoa("secret") }],
    ["with an auth that is no base64", { auth: "(secret)" }],
    ["with an identity token that is none", { identitytoken: ["secret"] }],
  ];
  for (const [title, entry] of malformed) {
    it(`refuses an entry ${title} where it is needed, and takes the others`, () => {
      const { auths } = parse({ auths: { "a.test/x": entry, "a.test": { auth: btoa("u:p") } } });

      expect(() => matchAuth(auths, parseReference("a.test/x/y")))
        .to.throw(/^cannot use config\.json: auths "a\.test\/x"/)
        .that.satisfies(isInvalidAndQuotesNothing);
      expect(matchAuth(auths, parseReference("a.test/z"))?.key).to.equal("a.test");
    });
  }

  it("refuses a helper that is no name where it is needed, and takes the others", () => {
    const { helpers } = parse({ credHelpers: { "a.test": {}, "b.test": "pass" } });

    expect(() => usable(helpers.get("a.test"))).to.throw(/credHelpers "a\.test" is not a string/);
    expect(usable(helpers.get("b.test"))).to.equal("pass");
  });
});

function isInvalidAndQuotesNothing(error: Error & { code: string }): boolean {
  const shown = `${error.message} ${String(error.cause)}`;
  return error.code === "CREDENTIALS_INVALID" && !/secret|c2VjcmV0/.test(shown);
}

function parse(document: object) {
  return parseDockerConfig(JSON.stringify(document), "config.json");
}
