import { posix } from "node:path";
import type { SecretMount } from "../../dockerfile/instructions/mount.ts";
import { DockerfileError } from "../../errors/dockerfile-error.ts";
import type { CommandMount } from "../../isolation/isolation.ts";
import type { StepScope } from "../scope.ts";
import { absoluteTarget } from "./mount-site.ts";

/** What a secret is to a command. */
export interface ShownSecret {
  readonly mounts: readonly CommandMount[];
  readonly variables: readonly (readonly [name: string, value: string])[];
}

/**
 * Shows a secret as a file, as a variable where the mount names one, or as both where it names a
 * target too. One that the build does not have, and does not need, is no file and an empty variable.
 *
 * @throws DOCKERFILE_INVALID when it is needed and not there, or is no text that can be a variable.
 */
export function secretMount(mount: SecretMount, scope: StepScope): ShownSecret {
  const id = mount.id ?? posix.basename(mount.target);
  const { secrets } = scope.build.ports;
  const content = secrets.get(id);
  if (content === undefined && mount.required) throw missing(id, [...secrets.keys()]);
  const { mode = 0o400, uid = 0, gid = 0 } = mount;
  const target = fileTarget(mount, id);
  const isFile = target !== undefined && content !== undefined;
  const file = { type: "secret", mode, uid, gid } as const;
  return {
    mounts: isFile ? [{ ...file, content, target: absoluteTarget(target, scope) }] : [],
    variables: mount.env === undefined ? [] : [[variableName(mount.env), textOf(content, id)]],
  };
}

/** Where the secret is a file; undefined where it is a variable only. */
function fileTarget({ target, env }: SecretMount, id: string): string | undefined {
  if (target !== "") return target;
  return env === undefined ? `/run/secrets/${posix.basename(id)}` : undefined;
}

function variableName(name: string): string {
  if (name !== "" && !/[=\0]/.test(name)) return name;
  throw new DockerfileError("DOCKERFILE_INVALID", `a secret cannot be the variable "${name}"`);
}

function textOf(content: Uint8Array | undefined, id: string): string {
  if (content === undefined) return "";
  const text = Buffer.from(content).toString("utf8");
  if (!text.includes("\0") && Buffer.from(text).equals(content)) return text;
  throw new DockerfileError("DOCKERFILE_INVALID", `secret ${id} cannot be a variable: no text`, {
    hint: "Variables are UTF-8 without NUL; show it as a file instead",
  });
}

function missing(id: string, given: readonly string[]): DockerfileError {
  const those = given.length === 0 ? "none is given" : `given are ${given.join(", ")}`;
  return new DockerfileError("DOCKERFILE_INVALID", `secret ${id}: not found`, {
    hint: `Give it with --secret id=${id},src=FILE or --secret id=${id},env=NAME; ${those}`,
  });
}
