import { once } from "node:events";
import { chmodSync, chownSync } from "node:fs";
import { mkdtemp, open, rm } from "node:fs/promises";
import { createConnection, createServer, type Socket } from "node:net";
import { join } from "node:path";
import { promisify } from "node:util";
import { filesystemError } from "../../errors/filesystem-error.ts";
import { ownerIds } from "../../rootfs/owner-ids.ts";
import { bareFrame, frameType, readFrames } from "./agent-frames.ts";

/** Message types of draft-miller-ssh-agent, 5.1. */
const requestIdentities = 11;
const signRequest = 13;
const extension = 27;
const failure = 5;

/** Whoever uses the keys cannot add, remove or lock any. */
const allowed: ReadonlySet<number> = new Set([requestIdentities, signRequest, extension]);

const socketName = "socket";

export interface AgentProxyOptions {
  /** Absolute path of an existing directory. */
  readonly workDirectory: string;
  /** Absolute path of the agent's socket. */
  readonly agent: string;
  /** Permission bits of the proxy's socket. */
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
}

/** A socket that listens until disposal, which ends all its connections. */
export interface AgentProxy extends AsyncDisposable {
  readonly path: string;
}

/**
 * Opens a socket of its own owner and mode that leads to an ssh agent, for listing and using keys.
 *
 * @throws FILESYSTEM_FAILED
 */
export async function openAgentProxy(options: AgentProxyOptions): Promise<AgentProxy> {
  const { workDirectory, agent, mode, uid, gid } = options;
  await using opened = new AsyncDisposableStack();
  try {
    const directory = await mkdtemp(join(workDirectory, "agent-"));
    opened.defer(() => rm(directory, { recursive: true }));
    // The name of a socket is short, that of the work directory may not be.
    const handle = opened.use(await open(directory));
    opened.use(await listen(`/proc/self/fd/${handle.fd}/${socketName}`, agent));
    const path = join(directory, socketName);
    const ids = ownerIds();
    chownSync(path, ids.diskUid(uid), ids.diskGid(gid));
    chmodSync(path, mode);
    const owned = opened.move();
    return { path, [Symbol.asyncDispose]: () => owned.disposeAsync() };
  } catch (error) {
    throw filesystemError("open a socket for an ssh agent", error);
  }
}

async function listen(path: string, agent: string): Promise<AsyncDisposable> {
  const connections = new Set<Socket>();
  const server = createServer((client) => {
    const upstream = createConnection(agent);
    const end = (): void => {
      client.destroy();
      upstream.destroy();
    };
    for (const socket of [client, upstream]) {
      connections.add(socket);
      // A lost connection is no matter of ours: both ends see it.
      socket.on("error", () => undefined);
      socket.on("close", () => {
        connections.delete(socket);
        end();
      });
    }
    relay(client, upstream).then(end, end);
  });
  await once(server.listen(path), "listening");
  const close = async (): Promise<void> => {
    for (const socket of connections) socket.destroy();
    await promisify(server.close.bind(server))();
  };
  return { [Symbol.asyncDispose]: close };
}

/** Hands on what is allowed, one request after the other, and refuses the rest in the agent's place. */
async function relay(client: Socket, upstream: Socket): Promise<void> {
  const answers = readFrames(upstream);
  for await (const request of readFrames(client)) {
    if (!allowed.has(frameType(request))) {
      client.write(bareFrame(failure));
      continue;
    }
    upstream.write(request);
    const answer = await answers.next();
    if (answer.done === true) return;
    client.write(answer.value);
  }
}
