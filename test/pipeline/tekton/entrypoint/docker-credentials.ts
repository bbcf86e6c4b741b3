import { goJson } from "./go-json.ts";
import type { CredentialOptions } from "./options.ts";
import type { StepFiles } from "./step-files.ts";

/** What of a registry's entry survives: the entrypoint knows no other fields. */
const fields = ["username", "password", "auth", "email"] as const;

type Registries = Readonly<Record<string, Readonly<Record<string, string>>>>;

/**
 * Merges the secrets of the service account into one Docker configuration, which only the step's
 * user can read, in /tekton/creds and, where `home` is given, in there. Later kinds win: `.dockercfg`,
 * `.dockerconfigjson`, name and password. Without secrets nothing is written.
 *
 * @returns whether there was something to write.
 */
export function writeDockerCredentials(
  options: CredentialOptions,
  files: StepFiles,
  home: string | undefined,
): boolean {
  const registries: Registries = {
    ...mergeAll(options.legacyConfigs, (secret) => readJson(files, secret, ".dockercfg")),
    ...mergeAll(options.configs, (secret) => {
      const config = readJson(files, secret, ".dockerconfigjson") as { auths?: Registries };
      return config.auths ?? {};
    }),
    ...mergeAll(options.basic, (pair) => basicEntry(files, pair)),
  };
  const names = Object.keys(registries).toSorted();
  if (names.length === 0) return false;
  const auths = names.map((name) => [name, knownFields(registries[name] ?? {})]);
  const text = goJson({ auths: Object.fromEntries(auths) as object });
  for (const directory of ["/tekton/creds", ...(home === undefined ? [] : [home])]) {
    files.makeDirectory(`${directory}/.docker`);
    files.write(`${directory}/.docker/config.json`, text, 0o600);
  }
  return true;
}

function mergeAll(names: readonly string[], read: (name: string) => Registries): Registries {
  return Object.assign({}, ...names.map(read)) as Registries;
}

function readSecret(files: StepFiles, secret: string, key: string): string {
  const text = files.read(`/tekton/creds-secrets/${secret}/${key}`);
  if (text === undefined) throw new Error(`the secret ${secret} has no ${key}`);
  return text;
}

function readJson(files: StepFiles, secret: string, key: string): Registries {
  return JSON.parse(readSecret(files, secret, key)) as Registries;
}

function basicEntry(files: StepFiles, pair: string): Registries {
  const [secret = "", url = ""] = pair.split("=");
  const username = readSecret(files, secret, "username");
  const password = readSecret(files, secret, "password");
  const auth = Buffer.from(`${username}:${password}`).toString("base64");
  return { [url]: { username, password, auth, email: "not@val.id" } };
}

function knownFields(entry: Readonly<Record<string, string>>): object {
  const present = fields.filter((field) => field === "auth" || (entry[field] ?? "") !== "");
  return Object.fromEntries(present.map((field) => [field, entry[field] ?? ""]));
}
