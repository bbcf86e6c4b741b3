import { execFileSync } from "node:child_process";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { userInfo } from "node:os";
import path from "node:path";
import { freePort } from "../free-port.ts";
import { type StartedServer, startServer } from "./started.ts";

/** Debian's sshd on the loopback interface, for the user of this process. */
export interface SshServer extends StartedServer {
  readonly user: string;
  /** The private key that it lets in. */
  readonly key: string;
  /** The line of `known_hosts` for it. */
  readonly knownHost: string;
}

/** Starts one with files in `directory`, which is there. */
export async function startSshServer(directory: string): Promise<SshServer> {
  const file = (name: string): string => path.join(directory, name);
  for (const name of ["host", "user"]) {
    execFileSync("ssh-keygen", ["-q", "-t", "ed25519", "-N", "", "-f", file(name)]);
  }
  const port = await freePort();
  const settings = {
    ListenAddress: "127.0.0.1",
    Port: port,
    HostKey: file("host"),
    AuthorizedKeysFile: file("user.pub"),
    PidFile: "none",
    PasswordAuthentication: "no",
    KbdInteractiveAuthentication: "no",
    UsePAM: "no",
    // Directories above are anybody's in tests.
    StrictModes: "no",
  };
  const lines = Object.entries(settings).map(([name, value]) => `${name} ${value}\n`);
  await writeFile(file("sshd_config"), lines.join(""));
  // What starts a service of Debian's makes it.
  if (process.getuid?.() === 0) await mkdir("/run/sshd", { recursive: true });
  const server = await startServer(["/usr/sbin/sshd", "-D", "-f", file("sshd_config")], port);
  const [kind, key] = (await readFile(file("host.pub"), "utf8")).split(" ");
  return {
    port,
    user: userInfo().username,
    key: await readFile(file("user"), "utf8"),
    knownHost: `[127.0.0.1]:${port} ${kind} ${key}\n`,
    [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
  };
}
