import { statSync } from "node:fs";
import { resolve } from "node:path";
import { errnoOf } from "../errors/filesystem-error.ts";
import { UsageError } from "../errors/usage-error.ts";
import type { Environment } from "./host.ts";

/**
 * Reads `ID[=SOCKET]` texts: the paths of agents' sockets by id. Without a socket it is the one of
 * SSH_AUTH_SOCK. The last one of an id wins.
 *
 * @throws USAGE_INVALID_VALUE
 */
export function parseAgents(
  flag: string,
  texts: readonly string[],
  environment: Environment,
): ReadonlyMap<string, string> {
  return new Map(texts.map((text) => parseAgent(flag, text, environment)));
}

function parseAgent(
  flag: string,
  text: string,
  environment: Environment,
): [id: string, socket: string] {
  const equals = text.indexOf("=");
  const id = equals < 0 ? text : text.slice(0, equals);
  const socket = equals < 0 ? environment["SSH_AUTH_SOCK"] : text.slice(equals + 1);
  if (id === "" || socket === "" || socket?.includes(",") === true) {
    throw new UsageError("USAGE_INVALID_VALUE", `${flag} does not take ${JSON.stringify(text)}`, {
      hint: "It takes default or ID=SOCKET; give keys to an agent with ssh-add",
    });
  }
  if (socket !== undefined) return [id, socket];
  throw new UsageError("USAGE_INVALID_VALUE", `${flag} ${id}: SSH_AUTH_SOCK is not set`, {
    hint: "Start an agent, or name its socket with ID=SOCKET",
  });
}

/**
 * Makes sure that all are sockets, and returns them by absolute paths.
 *
 * @throws USAGE_INVALID_VALUE
 */
export function checkAgents(agents: ReadonlyMap<string, string>): ReadonlyMap<string, string> {
  const absolute = [...agents].map(([id, path]) => [id, resolve(path)] as const);
  for (const [id, path] of absolute) {
    if (isSocket(path)) continue;
    throw new UsageError("USAGE_INVALID_VALUE", `--ssh ${id}: ${path} is no socket`, {
      hint: "Name the socket of an agent; give keys to an agent with ssh-add",
    });
  }
  return new Map(absolute);
}

function isSocket(path: string): boolean {
  try {
    return statSync(path).isSocket();
  } catch (error) {
    if (errnoOf(error) === undefined) throw error;
    return false;
  }
}
