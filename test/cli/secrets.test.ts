import { mkdir, symlink, writeFile } from "node:fs/promises";
import { expect } from "chai";
import type { SecretSource } from "../../src/cli/build-options.ts";
import { parseSecrets, readSecrets } from "../../src/cli/secrets.ts";
import { errorFrom } from "../support/error-from.ts";
import { errorOf } from "../support/error-of.ts";
import { makeTemporaryDirectory, type TemporaryDirectory } from "../support/temporary-directory.ts";

const environment = { SET: "value", EMPTY: "" };

const parse = (...texts: string[]): [string, SecretSource][] => [
  ...parseSecrets("--secret", texts, environment),
];

const read = (source: SecretSource): Promise<ReadonlyMap<string, Uint8Array>> =>
  readSecrets({ secretDirectory: undefined, secrets: new Map([["a", source]]) }, environment);

describe("cli/secrets", () => {
  const accepted: Readonly<Record<string, [string, SecretSource]>> = {
    "id=a,src=f": ["a", { kind: "file", path: "f" }],
    "ID=a,Source=f,type=file": ["a", { kind: "file", path: "f" }],
    'id=a,"src=with,comma"': ["a", { kind: "file", path: "with,comma" }],
    "id=a,env=V": ["a", { kind: "variable", name: "V" }],
    "type=env,id=a,env=V": ["a", { kind: "variable", name: "V" }],
    "id=a,type=env,src=V": ["a", { kind: "variable", name: "V" }],
    "id=a,type=env": ["a", { kind: "variable", name: "a" }],
    "id=SET": ["SET", { kind: "variable", name: "SET" }],
    "id=EMPTY": ["EMPTY", { kind: "variable", name: "EMPTY" }],
    "id=SET,type=file": ["SET", { kind: "file", path: "SET" }],
    "id=UNSET,src=,env=": ["UNSET", { kind: "file", path: "UNSET" }],
  };
  for (const [text, expected] of Object.entries(accepted)) {
    it(`reads ${text}`, () => {
      expect(parse(text)).to.deep.equal([expected]);
    });
  }

  const refused: Readonly<Record<string, string>> = {
    "src=f": "--secret: a secret has no id",
    "id=a,type=vault": "--secret: vault is no type of secret",
    "id=a,mode=0400": "--secret: mode is no key",
    "id=a,env=V,src=f": "--secret: secret a is a variable and a file",
    "id=a,env=V,type=file": "--secret: secret a is a variable and a file",
    tok: "--secret: tok is no KEY=VALUE",
    'id="a"':
      'failed to parse csv --secret: parse error on line 1, column 4: bare " in non-quoted-field',
  };
  for (const [text, message] of Object.entries(refused)) {
    it(`refuses ${text}`, () => {
      const error = errorFrom(() => parse(text));

      expect(error.code).to.equal("USAGE_INVALID_VALUE");
      expect(error.message).to.equal(message);
    });
  }

  it("takes the last one of an id", () => {
    expect(parse("id=a,src=f", "id=a,env=V")).to.deep.equal([
      ["a", { kind: "variable", name: "V" }],
    ]);
  });

  describe("reading", () => {
    let place: TemporaryDirectory;

    beforeEach(async () => {
      place = await makeTemporaryDirectory();
    });

    afterEach(() => place[Symbol.asyncDispose]());

    it("takes the bytes of a file and the text of a variable", async () => {
      await writeFile(place.join("f"), Buffer.of(0, 255));

      const fromFile = await read({ kind: "file", path: place.join("f") });
      const fromVariable = await read({ kind: "variable", name: "SET" });

      expect([...(fromFile.get("a") ?? [])]).to.deep.equal([0, 255]);
      expect(String(fromVariable.get("a"))).to.equal("value");
    });

    it("says what is missing", async () => {
      const path = place.join("none");

      const [file, variable] = [
        await errorOf(read({ kind: "file", path })),
        await errorOf(read({ kind: "variable", name: "UNSET" })),
      ];

      expect(file.message).to.equal(`secret a cannot be read from ${path}: it does not exist`);
      expect(variable.message).to.equal("secret a: the variable UNSET is not set");
    });

    it("refuses what is larger than a secret", async () => {
      await writeFile(place.join("f"), Buffer.alloc(500 * 1024 + 1));

      const error = await errorOf(read({ kind: "file", path: place.join("f") }));

      expect(error.message).to.equal("secret a is larger than 500 KiB");
    });
  });

  it("reads a directory as a Secret is mounted: each file by its name, and nothing else", async () => {
    await using directory = await makeTemporaryDirectory();
    await mkdir(directory.join("..2026_11_24", "sub"), { recursive: true });
    await writeFile(directory.join("..2026_11_24", "npm-token"), "hush");
    await writeFile(directory.join("..2026_11_24", ".npmrc"), "//r.test/:_authToken=hush");
    await symlink("..2026_11_24", directory.join("..data"));
    for (const name of ["npm-token", ".npmrc", "sub"]) {
      await symlink(`..data/${name}`, directory.join(name));
    }
    const named = new Map<string, SecretSource>([["npm-token", { kind: "variable", name: "SET" }]]);

    const found = await readSecrets(
      { secretDirectory: directory.path, secrets: named },
      environment,
    );

    expect([...found].map(([id, bytes]) => [id, Buffer.from(bytes).toString()])).to.deep.equal([
      [".npmrc", "//r.test/:_authToken=hush"],
      ["npm-token", "value"],
    ]);
  });

  it("says that a directory of secrets is not there", async () => {
    const options = { secretDirectory: "/nowhere/secrets", secrets: new Map() };

    const error = await errorOf(readSecrets(options, environment));

    expect(error.code).to.equal("USAGE_INVALID_VALUE");
    expect(error.message).to.include("/nowhere/secrets");
  });
});
