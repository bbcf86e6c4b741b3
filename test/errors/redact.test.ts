import { expect } from "chai";
import * as fc from "fast-check";
import { redact } from "../../src/errors/redact.ts";

describe("errors/redact", () => {
  const cases = [
    { text: "https://me:pw@host/path", shown: "https://***@host/path" },
    { text: "git://token@host/x and ssh://a:b@c", shown: "git://***@host/x and ssh://***@c" },
    { text: "https://me:p@ss@host/", shown: "https://***@host/" },
    { text: "Authorization: Bearer abc.def", shown: "Authorization: ***" },
    { text: '{"authorization":"Basic dXNlcjpwdw=="}', shown: '{"authorization":"***"}' },
    { text: "sent bearer eyJhbGciOi.J9 along", shown: "sent bearer *** along" },
    { text: "GET /v2/?scope=pull&sig=abc", shown: "GET /v2/?scope=pull&sig=***" },
    {
      text: "blob?X-Amz-Signature=abc&ns=docker.io",
      shown: "blob?X-Amz-Signature=***&ns=docker.io",
    },
    { text: "plain words, a@b.example", shown: "plain words, a@b.example" },
    { text: "line\n\ttab", shown: "line\n\ttab" },
    { text: "bell\u0007 and \u001B[2J", shown: "bell\uFFFD and \uFFFD[2J" },
  ];
  for (const { text, shown } of cases) {
    it(`shows ${JSON.stringify(text)} as ${JSON.stringify(shown)}`, () => {
      expect(redact(text)).to.equal(shown);
    });
  }

  it("hides every password of a URL", () => {
    const word = fc.stringMatching(/^[A-Za-z0-9._~%!$-]{6,20}$/);
    fc.assert(
      fc.property(word, word, (user, password) => {
        expect(redact(`cannot get https://${user}:${password}@host/v2/`)).to.equal(
          "cannot get https://***@host/v2/",
        );
      }),
    );
  });

  it("changes nothing more when it is done again", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary" }), (text) => {
        expect(redact(redact(text))).to.equal(redact(text));
      }),
    );
  });
});
