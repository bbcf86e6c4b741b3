import { Readable } from "node:stream";
import { expect } from "chai";
import type { HttpResponse } from "../../src/registry/http.ts";
import {
  parseLocation,
  redirectTarget,
  withoutAuthorization,
} from "../../src/registry/redirect.ts";

describe("registry/redirect", () => {
  const locations = [
    ["https://a.test/v2/x", "/v2/y?z=1", "https://a.test/v2/y?z=1"],
    ["https://a.test/v2/x", "y", "https://a.test/v2/y"],
    ["https://a.test/v2/x", "https://b.test/y", "https://b.test/y"],
    ["https://a.test/v2/x", "http://a.test/y", "https://a.test/y"],
    ["https://a.test:5000/v2/x", "http://a.test:5000/y", "https://a.test:5000/y"],
    ["https://a.test:5000/v2/x", "http://a.test:6000/y", "http://a.test:6000/y"],
    ["https://a.test/v2/x", "http://b.test/y", "http://b.test/y"],
    ["http://a.test/v2/x", "http://a.test/y", "http://a.test/y"],
  ] as const;
  for (const [from, location, expected] of locations) {
    it(`reads ${location} from ${from}`, () => {
      expect(parseLocation(responseOf(from, 202, location)).href).to.equal(expected);
    });
  }

  it("refuses an answer without an address", () => {
    for (const location of [undefined, "http://"]) {
      expect(() => parseLocation(responseOf("https://a.test/", 202, location)))
        .to.throw(/a\.test sent/)
        .with.property("code", "REGISTRY_PROTOCOL");
    }
  });

  it("follows only GET and HEAD, and only redirects", () => {
    const moved = responseOf("https://a.test/x", 307, "/y");

    expect(redirectTarget("GET", moved, true)?.href).to.equal("https://a.test/y");
    expect(redirectTarget("PUT", moved, true)).to.equal(undefined);
    expect(redirectTarget("GET", responseOf("https://a.test/x", 201, "/y"), true)).to.equal(
      undefined,
    );
  });

  it("refuses addresses that are not for HTTP", () => {
    const moved = responseOf("https://a.test/x", 302, "file:///etc/passwd");

    expect(() => redirectTarget("GET", moved, true)).to.throw(/another protocol/);
  });

  it("leaves out credentials, however they are spelt", () => {
    const headers = { Authorization: "Basic x", authorization: "y", accept: "z" };

    expect(withoutAuthorization(headers)).to.deep.equal({ accept: "z" });
  });
});

function responseOf(from: string, status: number, location: string | undefined): HttpResponse {
  return {
    status,
    url: new URL(from),
    body: Readable.from([]),
    isDelimited: true,
    discard: () => Promise.resolve(),
    header: (name) => (name === "location" ? location : undefined),
    headers: () => [],
  };
}
