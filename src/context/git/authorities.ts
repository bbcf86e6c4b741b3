import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { ContextError } from "../../errors/context-error.ts";
import type { RemoteAccess } from "../remote-access.ts";
import type { Setting } from "./user-settings.ts";

/** Where Debian has what its programs trust. */
const systemFile = "/etc/ssl/certs/ca-certificates.crt";

/** What the step image's environment says to a git that is called by itself. */
const stepImageFile = "/slipway/etc/ca-certificates.crt";

/**
 * The settings that make git trust what the environment names: `GIT_SSL_CAINFO`, or else `SSL_CERT_FILE`, in the
 * place of the system's certificate authorities, `NODE_EXTRA_CA_CERTS` beside them, and `SSL_CERT_DIR`. A file may be
 * written to `directory`.
 *
 * @throws CONTEXT_UNREADABLE
 */
export async function authoritySettings(
  environment: RemoteAccess["environment"],
  directory: string,
): Promise<readonly Setting[]> {
  const named = environment["GIT_SSL_CAINFO"];
  const [file, extra, path] = [
    named === stepImageFile
      ? environment["SSL_CERT_FILE"]
      : (named ?? environment["SSL_CERT_FILE"]),
    environment["NODE_EXTRA_CA_CERTS"],
    environment["GIT_SSL_CAPATH"] ?? environment["SSL_CERT_DIR"],
  ].map((text) => (text === "" ? undefined : text));
  const settings: Setting[] = path === undefined ? [] : [["http.sslCAPath", path]];
  if (extra === undefined || extra === file) {
    return file === undefined ? settings : [...settings, ["http.sslCAInfo", file]];
  }
  const joined = join(directory, "authorities.pem");
  const texts = await Promise.all([file ?? systemFile, extra].map(readAuthorities));
  await writeFile(joined, texts.join("\n"));
  return [...settings, ["http.sslCAInfo", joined]];
}

async function readAuthorities(file: string): Promise<string> {
  try {
    return await readFile(file, "utf8");
  } catch (cause) {
    throw new ContextError(
      "CONTEXT_UNREADABLE",
      `the certificate authorities in ${file} cannot be read`,
      { cause, hint: "Check NODE_EXTRA_CA_CERTS and SSL_CERT_FILE" },
    );
  }
}
