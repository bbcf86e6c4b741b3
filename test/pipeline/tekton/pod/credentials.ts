import {
  type Manifest,
  named,
  type Secret,
  type TaskRun,
  type Volume,
  type VolumeMount,
} from "../manifests.ts";
import { hashedName } from "./hashed-name.ts";

/** A Secret of the run's service account that Tekton hands to its entrypoint. */
export interface Credential {
  readonly options: readonly (readonly string[])[];
  readonly mount: VolumeMount;
  readonly volume: Volume;
}

/**
 * The credentials of the run's service account. Those that are a docker configuration count as they are,
 * passwords and keys only for the hosts that their annotations name.
 */
export function accountCredentials(
  { spec: { serviceAccountName = "default" } }: TaskRun,
  manifests: readonly Manifest[],
  flags: ReadonlyMap<string, string>,
): Credential[] {
  if (flags.get("disable-creds-init") === "true") return [];
  const account = named(manifests, "ServiceAccount", serviceAccountName);
  return (account?.secrets ?? []).flatMap(({ name }) => {
    const secret = named(manifests, "Secret", name);
    const options = secret === undefined ? [] : credentialOptions(name, secret);
    return options.length === 0 ? [] : [credential(name, options)];
  });
}

function credential(name: string, options: readonly string[]): Credential {
  const volume = hashedName("tekton-creds", name, 8);
  return {
    options: options.map((option) => [option]),
    mount: { name: volume, mountPath: `/tekton/creds-secrets/${name}` },
    volume: { name: volume, secret: { secretName: name } },
  };
}

function credentialOptions(name: string, secret: Secret): string[] {
  const hosts = (kind: string): string[] =>
    Object.entries(secret.metadata?.annotations ?? {})
      .filter(([key]) => key.startsWith(`tekton.dev/${kind}-`))
      .map(([, host]) => host);
  switch (secret.type) {
    case "kubernetes.io/dockerconfigjson":
      return [`-docker-config=${name}`];
    case "kubernetes.io/dockercfg":
      return [`-docker-cfg=${name}`];
    case "kubernetes.io/basic-auth":
      return ["docker", "git"].flatMap((kind) =>
        hosts(kind).map((host) => `-basic-${kind}=${name}=${host}`),
      );
    case "kubernetes.io/ssh-auth":
      return hosts("git").map((host) => `-ssh-git=${name}=${host}`);
    case undefined:
    default:
      return [];
  }
}
