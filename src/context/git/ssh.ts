import { mkdir, readdir, readFile, stat, writeFile } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { errnoOf } from "../../errors/filesystem-error.ts";
import type { Logger } from "../../log/logger.ts";

/** Files are copied up to this size, in bytes. */
const largest = 1 << 20;

export interface SshPlaces {
  /** Directories that may have `.ssh`; absolute, the first counts most. */
  readonly homes: readonly string[];
  /** Whether keys and configuration there are used, and not `known_hosts` alone. */
  readonly withKeys: boolean;
}

/**
 * Gives ssh a configuration of its own in `directory/.ssh`: copies of what is in `.ssh` of the homes, since ssh takes no
 * private key that others may read, as in the volume of a Secret. Hosts must be in `known_hosts` unless a configuration
 * of the user says otherwise, which is logged. Nothing is ever asked. Gives the path of the configuration.
 */
export async function prepareSsh(
  directory: string,
  { homes, withKeys }: SshPlaces,
  log: Logger,
): Promise<string> {
  const place = join(directory, ".ssh");
  await mkdir(place, { mode: 0o700 });
  const found = await Promise.all(
    homes.map((home, index) => copyFiles(join(home, ".ssh"), join(place, `${index}`), log)),
  );
  const knownHosts = join(place, "known_hosts");
  const known = found.map(({ files }) => files.get("known_hosts") ?? "");
  await writeFile(knownHosts, known.join("\n"));
  const configurations = withKeys ? found.map(configurationOf) : [];
  warnOfTrust(configurations, log);
  const keys = withKeys ? found.flatMap(keysOf) : [];
  const configuration = join(place, "config");
  const lines = [
    ...configurations,
    // ssh takes the first value of each; keys add up.
    "Host *",
    `UserKnownHostsFile "${knownHosts}"`,
    ...(keys.length === 0 ? ["none"] : keys.map((key) => `"${key}"`)).map(
      (key) => `IdentityFile ${key}`,
    ),
    "StrictHostKeyChecking yes",
    "BatchMode yes",
    "ConnectTimeout 30",
  ];
  await writeFile(configuration, `${lines.join("\n")}\n`, { mode: 0o600 });
  return configuration;
}

/** The texts of the files of a `.ssh`, by name, and where the copies are. */
interface SshFiles {
  readonly files: ReadonlyMap<string, string>;
  readonly copies: string;
}

async function copyFiles(source: string, copies: string, log: Logger): Promise<SshFiles> {
  const files = new Map<string, string>();
  await mkdir(copies, { mode: 0o700 });
  for (const name of await namesIn(source)) {
    const file = join(source, name);
    try {
      const { size } = await stat(file);
      if (size > largest) continue;
      // ssh reads no key whose last line has no end.
      const text = `${(await readFile(file, "utf8")).replaceAll("\r\n", "\n").trimEnd()}\n`;
      await writeFile(join(copies, name), text, { mode: 0o600 });
      files.set(name, text);
    } catch (error) {
      // A Secret's volume has directories of its own.
      if (errnoOf(error) === "EISDIR") continue;
      log.warn("a file for ssh cannot be read", { file, reason: errnoOf(error) });
    }
  }
  return { files, copies };
}

async function namesIn(directory: string): Promise<readonly string[]> {
  try {
    return (await readdir(directory)).toSorted();
  } catch {
    return [];
  }
}

const pathSetting =
  /^(\s*(?:IdentityFile|CertificateFile|UserKnownHostsFile)(?:\s*=\s*|\s+))"?([^"\n]+?)"?\s*$/gim;

/** The user's configuration, with the copies in the place of the files that it names. */
function configurationOf({ files, copies }: SshFiles): string {
  const text = files.get("config") ?? "";
  return text.replace(pathSetting, (line: string, setting: string, path: string) => {
    const name = basename(path);
    const isHere = basename(dirname(path)) === ".ssh" && files.has(name);
    return isHere ? `${setting}"${join(copies, name)}"` : line;
  });
}

function keysOf({ files, copies }: SshFiles): readonly string[] {
  return [...files]
    .filter(([, text]) => /^-----BEGIN [A-Z ]*PRIVATE KEY-----$/m.test(text))
    .map(([name]) => join(copies, name));
}

function warnOfTrust(configurations: readonly string[], log: Logger): void {
  const setting = /^\s*StrictHostKeyChecking[\s=]+"?(no|off|accept-new)\b/im;
  const value = configurations.map((text) => setting.exec(text)?.[1]).find(Boolean);
  if (value === undefined) return;
  log.warn("ssh trusts hosts that are not in known_hosts, as its configuration says", {
    StrictHostKeyChecking: value,
  });
}
