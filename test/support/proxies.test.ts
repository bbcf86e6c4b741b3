import { expect } from "chai";
import { readProxies } from "../../src/support/proxies.ts";
import { errorOf } from "./error-of.ts";

const both = { HTTP_PROXY: "http://h.test:1", HTTPS_PROXY: "https://s.test:2" };

describe("support/proxies", () => {
  const cases: readonly (readonly [string, Record<string, string>, string | undefined])[] = [
    ["http://a.test/", both, "http://h.test:1/"],
    ["https://a.test/", both, "https://s.test:2/"],
    ["https://a.test/", { HTTP_PROXY: "http://h.test:1" }, undefined],
    ["https://a.test/", { https_proxy: "p.test:3" }, "http://p.test:3/"],
    ["https://a.test/", { https_proxy: "p.test:3", HTTPS_PROXY: "q.test" }, "http://q.test/"],
    ["https://a.test/", { https_proxy: "p.test:3", HTTPS_PROXY: "" }, "http://p.test:3/"],
    ["https://localhost:5000/", both, undefined],
    ["http://127.8.9.10/", both, undefined],
    ["http://[::1]:5000/", both, undefined],
    ["http://10.1.2.3/", both, "http://h.test:1/"],
  ];
  for (const [url, environment, expected] of cases) {
    it(`finds the proxy to ${url} in ${JSON.stringify(environment)}`, () => {
      expect(readProxies(environment)(new URL(url))?.href).to.equal(expected);
    });
  }

  const exceptions: readonly (readonly [string, string, boolean])[] = [
    ["*", "http://a.test/", true],
    ["a.test", "http://a.test/", true],
    ["A.test", "http://b.a.test/", true],
    ["a.test", "http://ba.test/", false],
    [".a.test", "http://b.a.test/", true],
    [".a.test", "http://a.test/", false],
    ["*.a.test", "http://b.a.test/", true],
    ["a.test:80", "http://a.test/", true],
    ["a.test:80", "https://a.test/", false],
    ["x.test, a.test:5000", "https://a.test:5000/", true],
    ["10.0.0.0/8", "http://10.1.2.3:5000/", true],
    ["10.0.0.0/8", "http://11.1.2.3/", false],
    ["10.0.0.0/8", "http://ten.test/", false],
    ["10.0.0.0/99", "http://10.0.0.1/", false],
    ["10.1.2.3", "http://10.1.2.3/", true],
    ["10.1.2.3:81", "http://10.1.2.3/", false],
    ["fd00::/8", "http://[fd00::1]/", true],
    ["[fd00::1]:80", "http://[fd00::1]/", true],
    ["fd00::1", "http://[fd00::1]/", true],
    ["", "http://a.test/", false],
  ];
  for (const [text, url, isDirect] of exceptions) {
    it(`reaches ${url} ${isDirect ? "directly" : "by proxy"} with NO_PROXY=${text}`, () => {
      const proxyOf = readProxies({ ...both, NO_PROXY: text });

      expect(proxyOf(new URL(url)) === undefined).to.equal(isDirect);
    });
  }

  for (const value of ["ftp://me:secret@p.test", "http://me:secret@", "http://[x"]) {
    it(`refuses the proxy ${value} without saying it`, async () => {
      const error = await errorOf(() => readProxies({ HTTPS_PROXY: value }));

      expect(error.code).to.equal("USAGE_INVALID_VALUE");
      expect(error.message).to.include("HTTPS_PROXY").and.not.to.include("secret");
    });
  }
});
