import type { SshMount } from "../../dockerfile/instructions/mount.ts";
import { DockerfileError } from "../../errors/dockerfile-error.ts";
import type { BindCommandMount } from "../../isolation/isolation.ts";
import { openAgentProxy } from "./agent-proxy.ts";
import { absoluteTarget, type MountSite } from "./mount-site.ts";

const defaultAgent = "default";
const socketVariable = "SSH_AUTH_SOCK";

/** What the ssh mounts of a RUN are to its command. */
export interface ShownAgents {
  readonly mounts: readonly BindCommandMount[];
  readonly variables: readonly (readonly [name: string, value: string])[];
}

/**
 * Shows sockets of ssh agents. The stage's SSH_AUTH_SOCK, or else the first of them, is what ssh
 * uses. One of an agent that the build does not have, and does not need, is not there.
 *
 * @throws DOCKERFILE_INVALID when it is needed and not there.
 */
export async function sshMounts(
  mounts: readonly SshMount[],
  { scope, resources }: MountSite,
): Promise<ShownAgents> {
  const { agents, workDirectory } = scope.build.ports;
  const wanted = mounts.map((mount, index) => {
    const path = mount.target === "" ? `/run/buildkit/ssh_agent.${index}` : mount.target;
    return { ...mount, target: absoluteTarget(path, scope) };
  });
  const shown: BindCommandMount[] = [];
  for (const { id = defaultAgent, target, required, mode = 0o600, uid = 0, gid = 0 } of wanted) {
    const agent = agents.get(id);
    if (agent === undefined && required) throw missing(id);
    if (agent === undefined) continue;
    const proxy = await openAgentProxy({ workDirectory, agent, mode, uid, gid });
    shown.push({ type: "bind", source: resources.use(proxy).path, target, readOnly: false });
  }
  const [first] = wanted;
  const isSet = first === undefined || scope.state.environment.has(socketVariable);
  return { mounts: shown, variables: isSet ? [] : [[socketVariable, first.target]] };
}

function missing(id: string): DockerfileError {
  return new DockerfileError("DOCKERFILE_INVALID", `no ssh agent "${id}" is given to the build`, {
    hint: id === defaultAgent ? "Give it with --ssh default" : `Give it with --ssh ${id}=SOCKET`,
  });
}
