import { once } from "node:events";
import { chmod, lchown, lstat, readdir } from "node:fs/promises";
import { connect, createServer, type Server } from "node:net";
import path from "node:path";

/** A user of the machine. */
export interface Owner {
  readonly uid: number;
  readonly gid: number;
}

/**
 * Gives `owner` what stops others from reading below `directory`, and the directory itself. Modes
 * stay: they are part of what a build context says, and owners are not.
 */
export async function giveAccess(directory: string, owner: Owner): Promise<void> {
  await lchown(directory, owner.uid, owner.gid);
  for (const name of await readdir(directory, { recursive: true })) {
    const file = path.join(directory, name);
    const found = await lstat(file);
    const needed = found.isDirectory() ? 0o5 : 0o4;
    if (found.isSymbolicLink() || (found.mode & needed) === needed) continue;
    await lchown(file, owner.uid, owner.gid);
    // A change of owner takes setuid and setgid away.
    await chmod(file, found.mode & 0o7777);
  }
}

/**
 * Makes a socket of `owner` that leads to the agent behind `socket`, which speaks with its own user
 * only, and gives its path.
 */
export async function relayAgent(
  socket: string,
  owner: Owner,
): Promise<{ readonly path: string; readonly server: Server }> {
  const server = createServer((client) => {
    const agent = connect(socket);
    client.pipe(agent).pipe(client);
    for (const end of [client, agent]) end.on("error", () => end.destroy());
  });
  const relayed = `${socket}.pod`;
  server.listen(relayed);
  await once(server, "listening");
  await lchown(relayed, owner.uid, owner.gid);
  return { path: relayed, server };
}
