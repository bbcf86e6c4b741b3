import { expect } from "chai";
import { readRemote } from "../../../src/context/git/remote.ts";

describe("context/git/remote", () => {
  const addresses: Readonly<Record<string, readonly [address: string, hasUrl: boolean]>> = {
    "https://me:pw@host.test/app.git": ["https://host.test/app.git", true],
    "https://host.test/app%20x.git": ["https://host.test/app%20x.git", true],
    "http://token@host.test:8080/app": ["http://host.test:8080/app", true],
    "git://me:pw@host.test:9418/app": ["git://host.test:9418/app", false],
    "ssh://git@host.test/app": ["ssh://git@host.test/app", false],
    "git@host.test:app": ["git@host.test:app", false],
    "file:///srv/app": ["file:///srv/app", false],
  };
  for (const [text, [address, hasUrl]] of Object.entries(addresses)) {
    it(`gives git ${address} for ${text}`, () => {
      const remote = readRemote(text);

      expect(remote.address).to.equal(address);
      expect(remote.url?.href).to.equal(hasUrl ? new URL(text).href : undefined);
    });
  }
});
