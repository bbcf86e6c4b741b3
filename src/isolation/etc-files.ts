import { chmod, writeFile } from "node:fs/promises";
import path from "node:path";
import { readIfThere } from "../support/read-if-there.ts";
import type { Command, CommandMount } from "./isolation.ts";

const localHosts = "127.0.0.1\tlocalhost\n::1\tlocalhost ip6-localhost ip6-loopback\n";

/**
 * Writes /etc/hosts and /etc/resolv.conf for `command` into `directory`, and returns the mounts that
 * show them, read-only like BuildKit's. A command in the machine's network gets the machine's names
 * too, since clusters put those of their services there.
 */
export async function writeEtcFiles(directory: string, command: Command): Promise<CommandMount[]> {
  const shared = command.network === "host";
  const hosts = shared ? await readIfThere("/etc/hosts") : localHosts;
  const resolver = shared ? await readIfThere("/etc/resolv.conf") : "";
  const own = `127.0.0.1\t${command.hostname}\n`;
  return [
    await writeMount(path.join(directory, "hosts"), `${hosts.trimEnd()}\n${own}`),
    await writeMount(path.join(directory, "resolv.conf"), resolver),
  ];
}

async function writeMount(source: string, text: string): Promise<CommandMount> {
  await writeFile(source, text);
  // Whatever the umask is, every user of the image may read them.
  await chmod(source, 0o644);
  return { type: "bind", source, target: `/etc/${path.basename(source)}`, readOnly: true };
}
