import { mkdir, writeFile } from "node:fs/promises";
import { expect } from "chai";
import { readStoredLogins } from "../../../src/context/git/credentials-file.ts";
import { makeRecordingLogger } from "../../support/recording-logger.ts";
import {
  makeTemporaryDirectory,
  type TemporaryDirectory,
} from "../../support/temporary-directory.ts";

describe("context/git/credentials-file", () => {
  let temporary: TemporaryDirectory;

  before(async () => {
    temporary = await makeTemporaryDirectory();
  });

  after(() => temporary[Symbol.asyncDispose]());

  it("reads what git writes, and leaves out what is none", async () => {
    const lines = [
      "https://me:p%40w@host.test:8443/team",
      "http://u:p@[::1]",
      "https://host.test",
      "https://nobody@host.test",
      "https://u:%zz@host.test",
      "ssh://u:p@host.test",
      "# a comment",
      "",
    ];
    await writeFile(temporary.join(".git-credentials"), lines.join("\r\n"));

    const found = await readStoredLogins([temporary.path], makeRecordingLogger());

    expect(found.map(({ scope, ...login }) => ({ ...login, scope: scope.href }))).to.deep.equal(
      [
        { scope: "https://host.test:8443/team", username: "me", password: "p@w" },
        { scope: "http://[::1]/", username: "u", password: "p" },
      ].map((login) => ({ ...login, from: temporary.join(".git-credentials") })),
    );
  });

  it("goes on where there is no file, and warns of one that cannot be read", async () => {
    const log = makeRecordingLogger();
    await mkdir(temporary.join("odd/.git-credentials"), { recursive: true });

    const homes = [temporary.join("absent"), temporary.join("odd")];

    expect(await readStoredLogins(homes, log)).to.deep.equal([]);
    expect(log.lines).to.have.length(1);
    expect(log.lines[0]).to.include("EISDIR").and.include("odd");
  });
});
