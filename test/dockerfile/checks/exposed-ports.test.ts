import { expect } from "chai";
import { checkExposedPort } from "../../../src/dockerfile/checks/exposed-ports.ts";
import { errorFrom } from "../../support/error-from.ts";
import { reported } from "../../support/reported.ts";

const location = { file: "Dockerfile", firstLine: 1, lastLine: 1 };

describe("dockerfile/checks/exposed-ports", () => {
  const cases = [
    { word: "80", rules: [] },
    { word: "80-90/udp", rules: [] },
    { word: ":80", rules: [] },
    { word: "80/TCP", rules: ["ExposeProtoCasing"] },
    { word: "8080:80", rules: ["ExposeInvalidFormat"] },
    { word: "[FE80::1]::80/udp", rules: ["ExposeInvalidFormat"] },
    { word: "1.2.3.4:1:80/Sctp", rules: ["ExposeProtoCasing", "ExposeInvalidFormat"] },
  ];
  for (const { word, rules } of cases) {
    it(`finds ${rules.join(" and ") || "nothing"} in ${word}`, () => {
      const found = reported((reporter) => checkExposedPort(word, location, reporter));

      expect(found.map((message) => message.split(":", 1)[0])).to.deep.equal(rules);
      for (const message of found) expect(message).to.include(`'${word}'`);
    });
  }

  it("says nothing of the casing of a protocol that is none", () => {
    reported((reporter) => {
      const error = errorFrom(() => checkExposedPort("80/ICMP", location, reporter));

      expect(error.message).to.equal('invalid port: "80/ICMP": invalid proto: icmp');
    });
  });
});
