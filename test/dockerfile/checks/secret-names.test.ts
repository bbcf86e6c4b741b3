import { expect } from "chai";
import { checkSecretName } from "../../../src/dockerfile/checks/secret-names.ts";
import { reported } from "../../support/reported.ts";

const location = { file: "Dockerfile", firstLine: 1, lastLine: 1 };

describe("dockerfile/checks/secret-names", () => {
  const secrets = [
    "TOKEN",
    "token",
    "GITHUB_TOKEN",
    "token_of_x",
    "apikey",
    "API_KEY",
    "AUTH",
    "DB_PASSWORD",
    "PASSWD",
    "PWORD",
    "CREDENTIAL",
    "AWS_CREDENTIALS_X",
    "secret_MESSAGE",
  ];
  const others = [
    "TOKENS",
    "MYKEY",
    "KEYBOARD",
    "AUTHOR",
    "API-KEY",
    "PASSWORDS",
    "",
    "PUBLIC_KEY",
    "TOKEN_FILE",
    "KEY_VERSION",
    "password_file",
  ];
  for (const name of [...secrets, ...others]) {
    it(`${secrets.includes(name) ? "warns" : "does not warn"} of ${name || "no name"}`, () => {
      const found = reported((reporter) =>
        checkSecretName({ keyword: "ARG", name }, location, reporter),
      );

      const message = `SecretsUsedInArgOrEnv: Do not use ARG or ENV instructions for sensitive data (ARG "${name}")`;
      expect(found).to.deep.equal(secrets.includes(name) ? [message] : []);
    });
  }
});
