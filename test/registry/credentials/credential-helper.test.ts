import { chmod, writeFile } from "node:fs/promises";
import { expect } from "chai";
import { askCredentialHelper } from "../../../src/registry/credentials/credential-helper.ts";
import { errorOf } from "../../support/error-of.ts";
import { makeTemporaryDirectory } from "../../support/temporary-directory.ts";

describe("registry/credentials/credential-helper", () => {
  it("does not wait for a helper that hangs", async () => {
    await using directory = await makeTemporaryDirectory();
    const file = directory.join("docker-credential-slow");
    await writeFile(file, "#!/bin/sh\nexec sleep 60\n");
    await chmod(file, 0o755);
    const environment = { PATH: `${directory.path}:/usr/bin:/bin` };

    const asked = askCredentialHelper("slow", "a.test", { environment, timeoutMs: 50 });
    const error = await errorOf(asked);

    expect(error.code).to.equal("CREDENTIALS_INVALID");
    expect(error.message).to.equal("docker-credential-slow did not answer in time");
  });

  it("takes an answer without user and secret for none", async () => {
    await using directory = await makeTemporaryDirectory();
    const file = directory.join("docker-credential-empty");
    await writeFile(file, '#!/bin/sh\necho \'{"Username":"","Secret":""}\'\n');
    await chmod(file, 0o755);
    const environment = { PATH: `${directory.path}:/usr/bin:/bin` };

    expect(await askCredentialHelper("empty", "a.test", { environment })).to.equal(undefined);
  });
});
