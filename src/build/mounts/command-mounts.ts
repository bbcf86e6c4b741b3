import type { RunInstruction } from "../../dockerfile/instruction.ts";
import type { Mount, TmpfsMount } from "../../dockerfile/instructions/mount.ts";
import { parseMounts } from "../../dockerfile/instructions/run-mount.ts";
import type { CommandMount, TmpfsCommandMount } from "../../isolation/isolation.ts";
import type { StepScope } from "../scope.ts";
import { bindMount } from "./bind-mount.ts";
import { cacheMounts } from "./cache-mount.ts";
import { deviceMounts } from "./device-mounts.ts";
import { absoluteTarget } from "./mount-site.ts";
import { secretMount } from "./secret-mount.ts";
import { sshMounts } from "./ssh-mounts.ts";

/** What the flags of one RUN bring to its command, until disposal. */
export interface CommandMounts extends AsyncDisposable {
  /** What lies in another one comes after it. */
  readonly mounts: readonly CommandMount[];
  /** Variables that win over those of the stage. */
  readonly variables: ReadonlyMap<string, string>;
  /** Says that the command has succeeded. */
  succeeded(): void;
}

/**
 * Makes all that `--mount` and `--device` ask for. Caches come last, since others may be waiting for
 * a locked one.
 *
 * @throws DOCKERFILE_SYNTAX, DOCKERFILE_INVALID, DOCKERFILE_UNSUPPORTED, CONTEXT_SOURCE_NOT_FOUND,
 * and whatever building or reading what is mounted throws.
 */
export async function openCommandMounts(
  instruction: Pick<RunInstruction, "location" | "mounts" | "devices">,
  scope: StepScope,
): Promise<CommandMounts> {
  await using resources = new AsyncDisposableStack();
  const parsed = parseMounts(instruction, (value) => scope.expand(value));
  const mounts: CommandMount[] = deviceMounts(instruction.devices, scope);
  const ssh = await sshMounts(ofType(parsed, "ssh"), { scope, resources });
  const variables = new Map(ssh.variables);
  mounts.push(...ssh.mounts);
  for (const mount of ofType(parsed, "tmpfs")) mounts.push(tmpfsMount(mount, scope));
  for (const mount of ofType(parsed, "secret")) {
    const secret = secretMount(mount, scope);
    mounts.push(...secret.mounts);
    for (const [name, value] of secret.variables) variables.set(name, value);
  }
  const caches = ofType(parsed, "cache");
  const binds = ofType(parsed, "bind");
  const targets = [
    ...mounts.map(({ target }) => target),
    ...[...binds, ...caches].map(({ target }) => absoluteTarget(target, scope)),
  ];
  for (const bind of binds) mounts.push(await bindMount(bind, { scope, resources, targets }));
  const shown = await cacheMounts(caches, { scope, resources });
  mounts.push(...shown.mounts);
  const owned = resources.move();
  return {
    mounts: mounts.toSorted((a, b) => Number(a.target > b.target) - Number(a.target < b.target)),
    variables,
    succeeded: () => {
      for (const lease of shown.leases) lease.succeeded?.();
    },
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}

function ofType<Type extends Mount["type"]>(
  mounts: readonly Mount[],
  type: Type,
): Extract<Mount, { type: Type }>[] {
  return mounts.filter((mount): mount is Extract<Mount, { type: Type }> => mount.type === type);
}

function tmpfsMount(mount: TmpfsMount, scope: StepScope): TmpfsCommandMount {
  const { sizeBytes, readOnly } = mount;
  const target = absoluteTarget(mount.target, scope);
  return { type: "tmpfs", target, readOnly, ...(sizeBytes === 0 ? {} : { sizeBytes }) };
}
