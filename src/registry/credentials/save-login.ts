import { mkdir, realpath, stat, writeFile } from "node:fs/promises";
import path from "node:path";
import { filesystemError } from "../../errors/filesystem-error.ts";
import { writeAtomically } from "../../support/atomic-file.ts";
import { readIfThere } from "../../support/read-if-there.ts";
import { canonicalRegistry } from "../host.ts";
import { type HelperOptions, storeInHelper } from "./credential-helper.ts";
import { dockerServer, parseDockerConfig, usable } from "./docker-config.ts";

/** A user of a registry, and the password. */
export interface Login {
  readonly registry: string;
  readonly username: string;
  readonly password: string;
}

/**
 * Keeps a login in docker's config.json, as docker does: by the helper program that the file names for the
 * registry, else in the file itself. All else in the file stays; it is replaced in one move, and only its
 * owner can read it. `place` is the file, or its directory. Gives where the credentials are now.
 *
 * @throws CREDENTIALS_INVALID, FILESYSTEM_FAILED, FILESYSTEM_NO_SPACE
 */
export async function saveLogin(
  place: string,
  { password, registry, username }: Login,
  options: HelperOptions,
): Promise<string> {
  const file = await fileAt(place);
  const text = (await readIfThere(file)) || "{}";
  const { helpers, store } = parseDockerConfig(text, file);
  const helper = usable(helpers.get(canonicalRegistry(registry))) ?? store;
  const server = dockerServer(registry);
  if (helper !== undefined) {
    await storeInHelper(helper, { server, username, secret: password }, options);
  }
  const auth = Buffer.from(`${username}:${password}`).toString("base64");
  const entry = helper === undefined ? { auth } : {};
  const document = JSON.parse(text) as { readonly auths?: object };
  const changed = { ...document, auths: { ...document.auths, [server]: entry } };
  await writeAtomically(
    file,
    (partial) => writeFile(partial, `${JSON.stringify(changed, null, "\t")}\n`, { mode: 0o600 }),
    0o600,
  );
  return helper === undefined ? file : `docker-credential-${helper}, named in ${file}`;
}

/** The file itself, also behind a link. Its directory is made where there is none. */
async function fileAt(place: string): Promise<string> {
  try {
    if ((await stat(place).catch(() => undefined))?.isFile() === true) return await realpath(place);
    await mkdir(place, { recursive: true, mode: 0o700 });
    const file = path.join(place, "config.json");
    return await realpath(file).catch(() => file);
  } catch (error) {
    throw filesystemError(`make ${place}`, error, place);
  }
}
