import { expect } from "chai";
import type { StoredLogin } from "../../../src/context/git/credentials-file.ts";
import { type Login, loginSettings, loginsFor } from "../../../src/context/git/logins.ts";

function basic(pair: string): string {
  return `Basic ${Buffer.from(pair).toString("base64")}`;
}

function stored(scope: string, username: string): StoredLogin {
  return { scope: new URL(scope), username, password: "p", from: `/file of ${username}` };
}

interface Given {
  readonly environment?: Readonly<Record<string, string>>;
  readonly lines?: readonly StoredLogin[];
  readonly secrets?: Readonly<Record<string, string>>;
  readonly isNamed?: boolean;
}

function logins(url: string, given: Given = {}): readonly Login[] {
  const { environment = {}, isNamed = false, lines = [], secrets = {} } = given;
  const git = { homes: [], takesVariables: !isNamed };
  const texts = Object.entries(secrets).map(([id, text]) => [id, Buffer.from(text)] as const);
  return loginsFor(new URL(url), { environment, git, secrets: new Map(texts) }, lines);
}

const all = { GIT_TOKEN: "t\n", GIT_USERNAME: "u", GIT_PASSWORD: "p" };
const host = "https://host.test/team/app.git";

describe("context/git/logins", () => {
  const cases: readonly [title: string, url: string, given: Given, pairs: readonly string[]][] = [
    ["nothing where nothing is known", host, {}, []],
    ["the URL's password first", "https://me:p%20w@host.test/a", { environment: all }, ["me:p w"]],
    ["a token in both ways", host, { environment: all }, ["x-access-token:t", "t:"]],
    [
      "a token as the password of the URL's user",
      "https://oauth2@host.test/a",
      { environment: all },
      ["oauth2:t"],
    ],
    [
      "user and password of variables",
      host,
      { environment: { ...all, GIT_TOKEN: "" }, lines: [stored("https://host.test", "s")] },
      ["u:p"],
    ],
    [
      "the URL's user with the password of a variable",
      "https://me@host.test/a",
      { environment: { GIT_PASSWORD: "p" } },
      ["me:p"],
    ],
    [
      "the closest line of files",
      host,
      {
        lines: [
          stored("https://host.test", "host"),
          stored("https://host.test/team", "team"),
          stored("https://host.test/tea", "tea"),
          stored("https://other.test/team/app", "other"),
          stored("http://host.test/team/app", "plain"),
        ],
      },
      ["team:p"],
    ],
    [
      "the line of the URL's user",
      "https://two@host.test/a",
      { lines: [stored("https://host.test", "one"), stored("https://host.test", "two")] },
      ["two:p"],
    ],
    ["the URL's user alone, as tokens are given", "https://tok@host.test/a", {}, ["tok:"]],
    ["no variable for what is no context", host, { environment: all, isNamed: true }, []],
  ];
  for (const [title, url, given, pairs] of cases) {
    it(`takes ${title}`, () => {
      const shown = logins(url, given).map(({ authorization }) => authorization);

      expect(shown).to.deep.equal(pairs.map(basic));
    });
  }

  it("takes secrets of the build before all else, and says where each is from", () => {
    const given = { environment: all, secrets: { GIT_AUTH_TOKEN: "secret" } };

    expect(logins(host, given)).to.deep.equal([
      { authorization: basic("x-access-token:secret"), from: "secret GIT_AUTH_TOKEN" },
    ]);
    const file = logins(host, { lines: [stored("https://host.test", "s")] });
    expect(file[0]?.from).to.equal("/file of s");
  });

  it("shows a login to the repository's server only, and those of files to theirs", () => {
    const own = { authorization: "own", from: "GIT_TOKEN" };
    const lines = [
      stored("https://host.test/team", "not shown"),
      stored("https://other.test", "all"),
      stored("https://other.test/team", "team"),
    ];

    expect(loginSettings(new URL(host), own, lines)).to.deep.equal([
      ["http.https://host.test/.extraHeader", "Authorization: own"],
      ["http.https://other.test/team.extraHeader", `Authorization: ${basic("team:p")}`],
      ["http.https://other.test/.extraHeader", `Authorization: ${basic("all:p")}`],
    ]);
    expect(loginSettings(undefined, undefined, [])).to.deep.equal([]);
  });
});
