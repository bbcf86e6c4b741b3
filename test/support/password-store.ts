import { execFile } from "node:child_process";
import { mkdir } from "node:fs/promises";
import { promisify } from "node:util";
import { makeTemporaryDirectory } from "./temporary-directory.ts";

const run = promisify(execFile);

/** A store for `docker-credential-pass`, with a key of its own. */
export interface PasswordStore extends AsyncDisposable {
  /** What programs that use it are to have in their environment. */
  readonly environment: Readonly<Record<string, string>>;
}

/** Makes an empty one, with Debian's gnupg and pass. */
export async function openPasswordStore(): Promise<PasswordStore> {
  const directory = await makeTemporaryDirectory();
  const [keys, store] = [directory.join("keys"), directory.join("store")];
  const environment = { GNUPGHOME: keys, PASSWORD_STORE_DIR: store };
  const options = { env: { ...process.env, ...environment } };
  await mkdir(keys, { mode: 0o700 });
  const key = ["--quick-gen-key", "slipway", "default", "default", "never"];
  await run("gpg", ["--batch", "--quiet", "--passphrase", "", ...key], options);
  await run("pass", ["init", "slipway"], options);
  return {
    environment,
    async [Symbol.asyncDispose]() {
      await run("gpgconf", ["--kill", "all"], options);
      await directory[Symbol.asyncDispose]();
    },
  };
}
